import type {AccountStore} from '../accounts/store/store.js';
import {settleShare, settleUnshare} from './sharing.js';

/**
 * Finishes or takes back what killed processes have left half done, and tells of it. What cannot be dealt with now, on a
 * disk that is full for one, stays for the next command, and is told of too.
 *
 * Threads that were being handed over are not among it: a new state of one takes the place of the old in one step, what a
 * fork rests on before the fork, so that handing over again goes on from wherever it was.
 */
export async function settleAll(store: AccountStore): Promise<void> {
  // Sharing first: it goes by the names that accounts had then, and none is renamed while it is under way.
  await store.intentions.settleEach(async (intention) => {
    switch (intention.kind) {
      case 'share':
        return settleShare(store, intention);
      case 'unshare':
        return settleUnshare(store, intention.accounts);
      default:
        return null;
    }
  }, store.onProblem);
  await store.settle();
}
