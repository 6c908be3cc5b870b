import type {Account, AccountStore} from '../accounts/store/store.js';
import {familyOf} from '../codex/threads/lineage.js';
import {isThreadBusy} from '../codex/threads/thread-lock.js';
import type {WrittenThread} from '../codex/threads/thread-observer.js';
import {type Unsealing, unseal} from '../codex/threads/unseal.js';
import {withLock} from '../files/lock.js';
import {readingThreadsOf} from './errors.js';

/**
 * Takes what only other accounts can read out of a thread that its account could not read as a whole, and out of all that
 * it rests on: a gateway had several accounts write into it, or the account is another login now. What was there is
 * kept beside it.
 *
 * @returns whether there was anything to take out, so that trying once more makes sense.
 */
export async function makeReadable(
  {id, rollout}: WrittenThread,
  {name, home}: Account,
  {store, notify}: {store: AccountStore; notify: (line: string) => void},
): Promise<boolean> {
  return withLock(store.folder.threadsLockFile, async () => {
    const files = await readingThreadsOf(name, () => familyOf(home, {id, path: rollout, archived: false}));
    for (const file of files)
      if (await readingThreadsOf(name, () => isThreadBusy(home, file.id))) return false;
    const done: Unsealing[] = [];
    for (const file of files) done.push(await unseal(file.path));
    const originals = done.flatMap((one) => (one.kind === 'opened' ? [one.original] : []));
    if (originals.length === 0) {
      notify(
        done.some((one) => one.kind === 'unchanged' && one.summary)
          ? `${name} cannot read a part of thread ${id} that another account compacted. Continue it there, or begin anew.`
          : `${name} cannot read all of thread ${id}, and nothing in it could be left out. Begin anew.`,
      );
      return false;
    }
    notify(
      `${name} cannot read all of thread ${id}: trying once more without what only another account can read ` +
        `(kept in ${originals.join(', ')}).`,
    );
    return true;
  });
}
