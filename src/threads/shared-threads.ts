import {rm, stat} from 'node:fs/promises';
import {dirname} from 'node:path';

import type {SharedLink, SharingFile} from '../accounts/data/sharing-file.js';
import type {AccountStore} from '../accounts/store/store.js';
import {handOver} from '../codex/threads/handover.js';
import {type WholeLineage, lineageOf} from '../codex/threads/lineage.js';
import {lastWrittenAtMs} from '../codex/threads/rollout.js';
import {type RolloutFile, findRollout, rolloutsOf} from '../codex/threads/rollout-files.js';
import {readdirIfThere} from '../files/absent.js';
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
    const own = new Set(present);
    try {
      for (const {home, rollouts} of accounts) {
        for (const file of rollouts) {
          if (present.has(file.id)) continue;
          const result = await handOver(await asFarAsKnown(file, [home, from]), from, {keepArchived: true});
          if (result.kind !== 'moved') continue;
          present.add(file.id);
          for (const {id, path} of result.written)
            if (!own.has(id)) copied.push({path, bytes: (await stat(path)).size});
        }
      }
    } catch (error) {
      // Their originals are where they were.
      for (const {path} of copied) await rm(path, {force: true});
      throw error;
    }
    return copied;
  });
}

/**
 * Looks whether {@link takeAlongNewerTurns} could, before anything is changed for it.
 *
 * @throws CaoError `threads_unreadable` when the system does not let the shared threads be read, or those kept aside.
 */
export async function requireReadable({account, target, backup}: SharedLink): Promise<void> {
  const source = dirname(target);
  await readingThreadsOf(source, () => rolloutsOf(source));
  if (backup !== null) await readingThreadsOf(account, () => readdirIfThere(backup, {recursive: true}));
}

/** Gives an account what its threads gained while they were shared, which is in the source alone. */
export async function takeAlongNewerTurns(store: AccountStore, {account, target}: SharedLink): Promise<void> {
  const [home, source] = [store.folder.home(account), dirname(target)];
  await withLock(store.folder.threadsLockFile, async () => {
    for (const {id, path} of await readingThreadsOf(account, () => rolloutsOf(home))) {
      const shared = await readingThreadsOf(source, () => findRollout(source, id));
      if (shared === null || (await lastWrittenAtMs(shared.path)) <= (await lastWrittenAtMs(path))) continue;
      await handOver(await asFarAsKnown(shared, [source, home]), home, {keepArchived: true});
    }
  });
}

/** A fork whose past is lost goes along all the same: it is to be seen where it was. */
async function asFarAsKnown(thread: RolloutFile, homes: readonly string[]): Promise<WholeLineage> {
  const lineage = await lineageOf(thread, homes);
  return lineage.kind === 'whole' ? lineage : {kind: 'whole', thread, past: []};
}
