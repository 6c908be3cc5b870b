import pLimit, {type LimitFunction} from 'p-limit';

import type {Account, AccountStore} from '../accounts/store/store.js';
import {lastUsedAtMs} from '../codex/threads/rollout.js';
import {type RolloutFile, rolloutsOf} from '../codex/threads/rollout-files.js';
import {type ThreadHead, readThreadHead} from '../codex/threads/thread-head.js';
import {hasErrorCode, systemReason} from '../errors/index.js';
import type {Unread} from './unread.js';

/** One thread over all accounts. Times in milliseconds since the epoch. */
export type Thread = {
  id: string;
  /** The accounts whose homes hold it, the one with the newest state first. */
  accounts: string[];
  /** Where it works; null when its rollout does not say. */
  cwd: string | null;
  startedAtMs: number;
  updatedAtMs: number;
  firstPrompt: string | null;
  /** The thread of which it is a fork, and whose beginning is its past; null for any other. */
  forkedFrom: string | null;
  /** Put away with "codex archive", as its newest state is. */
  archived: boolean;
  /** The newest rollout. */
  rollout: string;
};

/** What was found in all accounts. */
export type ThreadListing = {
  /** The newest first. */
  threads: Thread[];
  /** The accounts that may have more. */
  unread: Unread[];
};

type Copy = ThreadHead & {account: string; rollout: string; archived: boolean; updatedAtMs: number};
type CopiesOfAccount = {copies: Copy[]; unread: Unread[]};

/** More files at a time would not be read sooner, and could be too many to have open. */
const FILES_AT_ONCE = 16;

/** The threads of all accounts; those of an account that cannot be read keep no others back. */
export async function listThreads(store: AccountStore): Promise<ThreadListing> {
  const limit = pLimit(FILES_AT_ONCE);
  const found = await Promise.all((await store.accounts()).map((account) => readAccount(account, limit)));
  const byId = new Map<string, Copy[]>();
  for (const copy of found.flatMap(({copies}) => copies)) {
    if (!copy.internal) byId.set(copy.id, [...(byId.get(copy.id) ?? []), copy]);
  }
  return {
    threads: [...byId.values()].map(threadOf).sort((one, other) => other.updatedAtMs - one.updatedAtMs),
    unread: found.flatMap(({unread}) => unread),
  };
}

async function readAccount({name, home}: Account, limit: LimitFunction): Promise<CopiesOfAccount> {
  let files: RolloutFile[];
  try {
    files = await rolloutsOf(home);
  } catch (error) {
    return {copies: [], unread: [{account: name, reason: systemReason(error)}]};
  }
  const refused: string[] = [];
  const copies = await limit.map(files, async (file) => {
    try {
      return await readCopy(name, file);
    } catch (error) {
      // It was removed, or moved to the archive, since the folder was read.
      if (!hasErrorCode(error, 'ENOENT')) refused.push(systemReason(error));
      return null;
    }
  });
  return {copies: copies.filter((copy) => copy !== null), unread: unreadFiles(name, refused)};
}

async function readCopy(account: string, {path, archived}: RolloutFile): Promise<Copy | null> {
  const [head, updatedAtMs] = await Promise.all([readThreadHead(path), lastUsedAtMs(path)]);
  return head && {...head, account, rollout: path, archived, updatedAtMs};
}

/** One for all files of an account: what keeps one from being read mostly keeps many. */
function unreadFiles(account: string, [first, ...others]: readonly string[]): Unread[] {
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more like it`;
  return [{account, reason: `${first}${more}`}];
}

function threadOf(copies: Copy[]): Thread {
  const sorted = [...copies].sort(
    (one, other) => other.updatedAtMs - one.updatedAtMs || Number(one.archived) - Number(other.archived),
  );
  const [newest] = sorted as [Copy, ...Copy[]];
  const {id, cwd, startedAtMs, updatedAtMs, firstPrompt, forkedFrom, archived, rollout} = newest;
  const accounts = [...new Set(sorted.map(({account}) => account))];
  return {id, accounts, cwd, startedAtMs, updatedAtMs, firstPrompt, forkedFrom, archived, rollout};
}
