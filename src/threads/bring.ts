import {realpath, stat} from 'node:fs/promises';

import type {Account, AccountStore} from '../accounts/store.js';
import {handOver, stripReasoning} from '../codex/threads/handover.js';
import {lastWrittenAtMs} from '../codex/threads/rollout.js';
import {findRollout} from '../codex/threads/rollout-files.js';
import {isThreadBusy} from '../codex/threads/thread-lock.js';
import {CaoError} from '../errors/index.js';
import {withLock} from '../files/lock.js';

/** A thread's rollout in the home of one account. */
export type ThreadCopy = {account: Account; rollout: string; writtenAtMs: number; bytes: number};

export type Brought = {
  /** Whose copy was the newest; the account's own name when nothing had to be done. */
  from: string;
  rollout: string;
  /** See {@link handOver}. */
  keptAside: string | null;
};

/** All copies of a thread, the newest first; `preferred`'s comes first among equals. */
export async function copiesOf(
  accounts: readonly Account[],
  id: string,
  preferred?: string,
): Promise<ThreadCopy[]> {
  const copies = await Promise.all(
    accounts.map(async (account) => {
      const rollout = await findRollout(account.home, id);
      if (rollout === null) return [];
      const [writtenAtMs, {size}] = await Promise.all([lastWrittenAtMs(rollout), stat(rollout)]);
      return [{account, rollout, writtenAtMs, bytes: size}];
    }),
  );
  const rank = (copy: ThreadCopy): number => (copy.account.name === preferred ? 1 : 0);
  return copies
    .flat()
    .sort(
      (one, other) =>
        other.writtenAtMs - one.writtenAtMs || other.bytes - one.bytes || rank(other) - rank(one),
    );
}

/**
 * Makes the newest state of a thread, whichever account worked on it last, the one in this account's home.
 *
 * @param writtenBy the account that wrote it last, if that is known: where both share one file, its reasoning is
 *   taken out of that.
 * @returns null when no account has the thread.
 * @throws CaoError `thread_busy` while a Codex writes it, `thread_sealed` when another account compacted it remotely.
 */
export async function bringThread(
  store: AccountStore,
  id: string,
  account: Account,
  writtenBy: string | null = null,
): Promise<Brought | null> {
  return withLock(store.folder.threadsLockFile, async () => {
    const copies = await copiesOf(await store.accounts(), id, account.name);
    const [newest] = copies;
    if (!newest) return null;
    const {name} = newest.account;
    if (name === account.name) {
      const writer = copies.find((copy) => copy.account.name === writtenBy && copy !== newest);
      const shared = writer !== undefined && (await isSameFile(writer.rollout, newest.rollout));
      if (shared) {
        await requireIdle(account, id);
        await stripReasoning(newest.rollout);
      }
      return {from: shared ? writer.account.name : name, rollout: newest.rollout, keptAside: null};
    }
    for (const owner of [newest.account, account]) await requireIdle(owner, id);
    const result = await handOver({home: newest.account.home, rollout: newest.rollout}, account.home, id);
    if (result.kind === 'sealed') throw sealedThread(id, name, account.name);
    if (result.kind === 'current') return {from: account.name, rollout: result.rollout, keptAside: null};
    return {from: name, rollout: result.rollout, keptAside: result.keptAside};
  });
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  return (await realpath(one)) === (await realpath(other));
}

async function requireIdle({name, home}: Account, id: string): Promise<void> {
  if (!(await isThreadBusy(home, id))) return;
  throw new CaoError(`Thread ${id} is open in a Codex of ${name}.`, {
    code: 'thread_busy',
    suggestions: ['Close it there first, then try again.'],
  });
}

/** For a thread that cannot move. */
export function sealedThread(id: string, owner: string, wanted: string): CaoError {
  return new CaoError(
    `Thread ${id} cannot move from ${owner} to ${wanted}: a part of it was compacted remotely, and only ${owner} can read what it stands for.`,
    {
      code: 'thread_sealed',
      suggestions: [
        `Continue it on ${owner} when that has quota again: cao resume ${id} --account ${owner}`,
        'Or run the command anew on the next account: cao run --restart -- …',
      ],
    },
  );
}
