import {stat} from 'node:fs/promises';
import {dirname} from 'node:path';

import type {SharedLink, SharingFile} from '../accounts/data/sharing-file.js';
import type {AccountStore} from '../accounts/store/store.js';
import {handOver} from '../codex/threads/handover.js';
import {lastWrittenAtMs} from '../codex/threads/rollout.js';
import {findRollout, rolloutsOf} from '../codex/threads/rollout-files.js';
import {withLock} from '../files/lock.js';
import {readingThreadsOf} from './errors.js';
import type {SharingPlan} from './sharing-plan.js';

/**
 * Copies into the source the threads of accounts that it has not, so that none goes out of sight.
 *
 * @throws CaoError `threads_unreadable` when nobody knows which those are.
 */
export async function copyThreads(
  store: AccountStore,
  {from, threadAccounts}: Pick<SharingPlan, 'from' | 'threadAccounts'>,
): Promise<SharingFile['copied']> {
  return withLock(store.folder.threadsLockFile, async () => {
    const present = new Set((await readingThreadsOf(from, () => rolloutsOf(from))).map(({id}) => id));
    // All are looked at before anything is copied: what stops there has changed nothing.
    const accounts = await Promise.all(
      threadAccounts.map(async (name) => {
        const {home} = await store.account(name);
        return {home, rollouts: await readingThreadsOf(name, () => rolloutsOf(home))};
      }),
    );
    const copied: SharingFile['copied'] = [];
    for (const {home, rollouts} of accounts) {
      for (const {id, path} of rollouts) {
        if (present.has(id)) continue;
        const result = await handOver({home, rollout: path}, from, id);
        if (result.kind !== 'moved') continue;
        present.add(id);
        copied.push({path: result.rollout, bytes: (await stat(result.rollout)).size});
      }
    }
    return copied;
  });
}

/** Gives an account what its threads gained while they were shared, which is in the source alone. */
export async function takeAlongNewerTurns(store: AccountStore, {account, target}: SharedLink): Promise<void> {
  const [home, source] = [store.folder.home(account), dirname(target)];
  await withLock(store.folder.threadsLockFile, async () => {
    for (const {id, path} of await readingThreadsOf(account, () => rolloutsOf(home))) {
      const shared = await readingThreadsOf(source, () => findRollout(source, id));
      if (shared !== null && (await lastWrittenAtMs(shared)) > (await lastWrittenAtMs(path)))
        await handOver({home: source, rollout: shared}, home, id);
    }
  });
}
