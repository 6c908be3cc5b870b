import {realpath} from 'node:fs/promises';

import type {Account, AccountStore} from '../accounts/store/store.js';
import {handOver, unseal} from '../codex/threads/handover.js';
import {lastWrittenAtMs} from '../codex/threads/rollout.js';
import {findRollout} from '../codex/threads/rollout-files.js';
import {isThreadBusy} from '../codex/threads/thread-lock.js';
import {hasErrorCode, systemReason} from '../errors/index.js';
import {statIfThere} from '../files/absent.js';
import {withLock} from '../files/lock.js';
import {readingThreadsOf, threadBusy, threadSealed, threadsUnreadable} from './errors.js';
import type {Unread} from './unread.js';

/** A thread's rollout in the home of one account. */
type ThreadCopy = {account: Account; rollout: string; writtenAtMs: number; bytes: number};

export type Brought = {
  /** Whose copy was the newest; the account's own name when nothing had to be done. */
  from: string;
  rollout: string;
  /** See {@link handOver}. */
  keptAside: string | null;
  /** Accounts that may have a copy too, which nobody could look at. */
  unread: Unread[];
};

type Copies = {copies: ThreadCopy[]; unread: Unread[]};

/** All copies of a thread, the newest first; `preferred`'s comes first among equals. */
export async function copiesOf(
  accounts: readonly Account[],
  id: string,
  preferred?: string,
): Promise<Copies> {
  const unread: Unread[] = [];
  const copies = await Promise.all(
    accounts.map(async (account) => {
      try {
        return await copyOf(account, id);
      } catch (error) {
        unread.push({account: account.name, reason: systemReason(error)});
        return null;
      }
    }),
  );
  const rank = (copy: ThreadCopy): number => (copy.account.name === preferred ? 1 : 0);
  const sorted = copies
    .filter((copy) => copy !== null)
    .sort(
      (one, other) =>
        other.writtenAtMs - one.writtenAtMs || other.bytes - one.bytes || rank(other) - rank(one),
    );
  return {copies: sorted, unread};
}

async function copyOf(account: Account, id: string): Promise<ThreadCopy | null> {
  const rollout = await findRollout(account.home, id);
  if (rollout === null) return null;
  try {
    const [writtenAtMs, found] = await Promise.all([lastWrittenAtMs(rollout), statIfThere(rollout)]);
    return found && {account, rollout, writtenAtMs, bytes: found.size};
  } catch (error) {
    // Archived or removed since the folder was read.
    if (hasErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/**
 * Makes the newest state of a thread, whichever account worked on it last, the one in this account's home.
 *
 * @param writtenBy the account that wrote it last, if that is known: where both share one file, its reasoning is
 *   taken out of that.
 * @returns null when no account has the thread.
 * @throws CaoError `thread_busy` while a Codex writes it, `thread_sealed` when another account compacted it remotely,
 *   `threads_unreadable` when nobody could look where it must be, or where it is to go.
 */
export async function bringThread(
  store: AccountStore,
  id: string,
  account: Account,
  writtenBy: string | null = null,
): Promise<Brought | null> {
  return withLock(store.folder.threadsLockFile, async () => {
    const {copies, unread} = await copiesOf(await store.accounts(), id, account.name);
    const needed = unread.filter(
      ({account: name}) => copies.length === 0 || name === account.name || name === writtenBy,
    );
    if (needed.length > 0) throw threadsUnreadable(needed);
    const [newest] = copies;
    if (!newest) return null;
    const {name} = newest.account;
    if (name === account.name) {
      const writer = copies.find((copy) => copy.account.name === writtenBy && copy !== newest);
      const shared = writer !== undefined && (await isSameFile(writer.rollout, newest.rollout));
      if (shared) {
        await requireIdle(account, id);
        await unseal(newest.rollout);
      }
      return {from: shared ? writer.account.name : name, rollout: newest.rollout, keptAside: null, unread};
    }
    for (const owner of [newest.account, account]) await requireIdle(owner, id);
    const result = await handOver({home: newest.account.home, rollout: newest.rollout}, account.home, id);
    if (result.kind === 'sealed') throw threadSealed(id, name, account.name);
    const {rollout} = result;
    return result.kind === 'current'
      ? {from: account.name, rollout, keptAside: null, unread}
      : {from: name, rollout, keptAside: result.keptAside, unread};
  });
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  return (await realpath(one)) === (await realpath(other));
}

async function requireIdle({name, home}: Account, id: string): Promise<void> {
  if (await readingThreadsOf(name, () => isThreadBusy(home, id))) throw threadBusy(id, name);
}
