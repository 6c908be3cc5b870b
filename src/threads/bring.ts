import {realpath} from 'node:fs/promises';

import type {Account, AccountStore} from '../accounts/store/store.js';
import {closeLogin} from '../codex/login/auth-file.js';
import {type Handover, handOver} from '../codex/threads/handover.js';
import {type WholeLineage, familyOf, lineageOf, subagentsOf} from '../codex/threads/lineage.js';
import {lastWrittenAtMs} from '../codex/threads/rollout.js';
import {type RolloutFile, findRollout} from '../codex/threads/rollout-files.js';
import {isThreadBusy} from '../codex/threads/thread-lock.js';
import {unseal} from '../codex/threads/unseal.js';
import {hasErrorCode, systemReason} from '../errors/index.js';
import {statIfThere} from '../files/absent.js';
import {withLock} from '../files/lock.js';
import {
  readingThreadsOf,
  threadBusy,
  threadIncomplete,
  threadPastDiffers,
  threadPastOf,
  threadSealed,
  threadsUnreadable,
} from './errors.js';
import type {Unread} from './unread.js';

/** A thread's rollout in the home of one account. */
type ThreadCopy = {account: Account; file: RolloutFile; writtenAtMs: number; bytes: number};

export type Brought = {
  /** Whose copy was the newest; the account's own name when nothing had to be done. */
  from: string;
  rollout: string;
  /** See {@link handOver}. */
  keptAside: string[];
  /** Sub-agents of the thread that cannot move. */
  leftBehind: LeftBehind[];
  /** Accounts that may have a copy too, which nobody could look at. */
  unread: Unread[];
};

/** A sub-agent that stays where it is, and why (see {@link Handover}). */
export type LeftBehind = {id: string; why: 'sealed' | 'past-differs' | 'past-of'};

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
  const file = await findRollout(account.home, id);
  if (file === null) return null;
  try {
    const [writtenAtMs, found] = await Promise.all([lastWrittenAtMs(file.path), statIfThere(file.path)]);
    return found && {account, file, writtenAtMs, bytes: found.size};
  } catch (error) {
    // Archived or removed since the folder was read.
    if (hasErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}

export type BringOptions = {
  /**
   * The account that wrote it last, if that is known: where both share one file, its reasoning is taken out of that.
   */
  writtenBy?: string | null;
  /** Takes the thread out of the archive of the account's home, which Codex alone can do. */
  unarchive: () => Promise<void>;
};

/**
 * Makes the newest state of a thread, whichever account worked on it last, the one in this account's home, with all that
 * it rests on and the sub-agents that it has begun; out of its archive, if it is there. All of it is looked at before
 * anything is changed.
 *
 * @returns null when no account has the thread.
 * @throws CaoError `thread_busy` while a Codex writes it, `thread_sealed` when another account compacted it remotely,
 *   `thread_incomplete` when nobody has what a fork began from, `thread_past_differs` when this account has that
 *   otherwise or a fork of another state, `threads_unreadable` when nobody could look where it
 *   must be, or where it is to go; and what `unarchive` throws.
 */
export async function bringThread(
  store: AccountStore,
  id: string,
  account: Account,
  {writtenBy = null, unarchive}: BringOptions,
): Promise<Brought | null> {
  return withLock(store.folder.threadsLockFile, async () => {
    const plan = await planMove(store, id, account, writtenBy);
    if (plan === null) return null;
    await plan.requirePossible();
    await closeLogin(account.home);
    if (!plan.isArchived) return plan.move();
    await unarchive();
    // It lies elsewhere now.
    return (await planMove(store, id, account, writtenBy))?.move() ?? null;
  });
}

async function planMove(
  store: AccountStore,
  id: string,
  account: Account,
  writtenBy: string | null,
): Promise<{isArchived: boolean; requirePossible: () => Promise<void>; move: () => Promise<Brought>} | null> {
  const accounts = await store.accounts();
  const {copies, unread} = await copiesOf(accounts, id, account.name);
  const needed = unread.filter(
    ({account: name}) => copies.length === 0 || name === account.name || name === writtenBy,
  );
  if (needed.length > 0) throw threadsUnreadable(needed);
  const [newest] = copies;
  if (!newest) return null;
  const move = new Move(newest.account, account, accounts, unread);
  const writer = copies.find((copy) => copy.account.name === writtenBy && copy !== newest);
  const shared =
    newest.account.name === account.name &&
    writer !== undefined &&
    (await isSameFile(writer.file.path, newest.file.path));
  const isArchived = copies.some(({account: {name}, file}) => name === account.name && file.archived);
  return {
    isArchived,
    requirePossible: async () =>
      shared ? move.requireUnsealable(newest.file) : move.requireBringable(newest.file, isArchived),
    move: async () => {
      const brought = shared ? await move.unseal(newest.file) : await move.bring(newest.file);
      return {...brought, from: shared ? writer.account.name : brought.from, unread};
    },
  };
}

/** A thread's way from one account to another, which may be the same. */
class Move {
  constructor(
    private readonly from: Account,
    private readonly to: Account,
    private readonly accounts: readonly Account[],
    private readonly unread: readonly Unread[],
  ) {}

  /** @throws CaoError where {@link unseal} would stop. */
  async requireUnsealable(thread: RolloutFile): Promise<void> {
    for (const {id} of await this.family(thread)) await requireIdle(this.to, id);
  }

  /** Takes what only the former account can read out of the one file that both have. */
  async unseal(thread: RolloutFile): Promise<Omit<Brought, 'unread'>> {
    for (const {path} of await this.family(thread)) await unseal(path);
    return {from: this.from.name, rollout: thread.path, keptAside: [], leftBehind: []};
  }

  /**
   * @param wholly whether something will be changed before {@link bring}, which would find the rest by itself.
   * @throws CaoError where that would stop.
   */
  async requireBringable(thread: RolloutFile, wholly: boolean): Promise<void> {
    if (this.moves) for (const owner of [this.from, this.to]) await requireIdle(owner, thread.id);
    for (const agent of await this.subagents(thread)) {
      await this.lineage(agent);
      await requireIdle(this.to, agent.id);
    }
    if (wholly) this.requireMovable(thread, await this.handOver(thread, {lookOnly: true}));
  }

  async bring(thread: RolloutFile): Promise<Omit<Brought, 'unread'>> {
    const result = await this.handOver(thread);
    this.requireMovable(thread, result);
    const keptAside = result.kind === 'moved' ? result.keptAside : [];
    const leftBehind: LeftBehind[] = [];
    for (const agent of await this.subagents(thread)) {
      const followed = await this.handOver(agent);
      if (followed.kind === 'moved') keptAside.push(...followed.keptAside);
      else if (followed.kind !== 'current') leftBehind.push({id: agent.id, why: followed.kind});
    }
    const from = result.kind === 'current' ? this.to.name : this.from.name;
    return {from, rollout: result.rollout, keptAside, leftBehind};
  }

  private get moves(): boolean {
    return this.from.name !== this.to.name;
  }

  private requireMovable(
    {id}: RolloutFile,
    result: Handover,
  ): asserts result is Extract<Handover, {kind: 'moved' | 'current'}> {
    const [from, to] = [this.from.name, this.to.name];
    if (result.kind === 'sealed') throw threadSealed(id, from, to);
    if (result.kind === 'past-differs') throw threadPastDiffers(id, result, from, to);
    if (result.kind === 'past-of') throw threadPastOf(id, result.fork, from, to);
  }

  private async handOver(thread: RolloutFile, {lookOnly = false} = {}): Promise<Handover> {
    return handOver(await this.lineage(thread), this.to.home, {
      lookOnly,
      beforeChange: async (ids) => {
        for (const id of ids) await requireIdle(this.to, id);
      },
    });
  }

  private async lineage(thread: RolloutFile): Promise<WholeLineage> {
    const blind = new Set(this.unread.map(({account}) => account));
    const owners = [this.from, this.to, ...this.accounts].filter(({name}) => !blind.has(name));
    const homes = [...new Set(owners.map(({home}) => home))];
    const lineage = await readingThreadsOf(this.from.name, () => lineageOf(thread, homes));
    if (lineage.kind === 'whole') return lineage;
    throw blind.size > 0 ? threadsUnreadable(this.unread) : threadIncomplete(thread.id, lineage.id);
  }

  /** Those that have to go along. */
  private async subagents({id}: RolloutFile): Promise<RolloutFile[]> {
    return this.moves ? readingThreadsOf(this.from.name, () => subagentsOf(this.from.home, id)) : [];
  }

  private async family(thread: RolloutFile): Promise<RolloutFile[]> {
    return readingThreadsOf(this.to.name, () => familyOf(this.to.home, thread));
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  return (await realpath(one)) === (await realpath(other));
}

async function requireIdle({name, home}: Account, id: string): Promise<void> {
  if (await readingThreadsOf(name, () => isThreadBusy(home, id))) throw threadBusy(id, name);
}
