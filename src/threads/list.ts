import {realpath} from 'node:fs/promises';

import type {AccountStore} from '../accounts/store.js';
import {lastWrittenAtMs} from '../codex/threads/rollout.js';
import {rolloutsOf} from '../codex/threads/rollout-files.js';
import {type ThreadHead, readThreadHead} from '../codex/threads/thread-head.js';
import {CaoError, usageError} from '../errors/index.js';

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
  /** The newest rollout. */
  rollout: string;
};

type Copy = ThreadHead & {account: string; rollout: string; updatedAtMs: number};

/** More files at a time would not be read sooner, and could be too many to have open. */
const FILES_AT_ONCE = 16;

/** The threads of all accounts, the newest first. */
export async function listThreads(store: AccountStore): Promise<Thread[]> {
  const files = await Promise.all(
    (await store.accounts()).map(async ({name, home}) =>
      (await rolloutsOf(home)).map(({path}) => ({account: name, rollout: path})),
    ),
  );
  const copies = await mapSome(files.flat(), readCopy);
  const byId = new Map<string, Copy[]>();
  for (const copy of copies) {
    if (copy !== null && !copy.internal) byId.set(copy.id, [...(byId.get(copy.id) ?? []), copy]);
  }
  return [...byId.values()].map(threadOf).sort((one, other) => other.updatedAtMs - one.updatedAtMs);
}

/**
 * The thread that a person means.
 *
 * @param wanted an id or its unique beginning; null for the newest of the folder `cwd`.
 * @throws CaoError `usage` (exit 2) for an id that is unknown or not unique, `no_threads` for a folder without any.
 */
export async function findThread(store: AccountStore, wanted: string | null, cwd: string): Promise<Thread> {
  const threads = await listThreads(store);
  if (wanted === null) {
    const [newest] = await threadsIn(threads, cwd);
    if (newest) return newest;
    throw new CaoError(`No account has a thread of ${cwd}.`, {
      code: 'no_threads',
      suggestions: ['See those of all folders: cao threads'],
    });
  }
  const found = threads.filter(({id}) => id.startsWith(wanted.toLowerCase()));
  const [only] = found;
  if (only && found.length === 1) return only;
  throw found.length === 0
    ? usageError(`No account has a thread ${wanted}.`, 'See those there are: cao threads')
    : usageError(`${found.length} threads begin with ${wanted}.`, 'Give more of the id: cao threads');
}

/** The threads that work in one folder, by whatever name it is reached. */
export async function threadsIn(threads: readonly Thread[], cwd: string): Promise<Thread[]> {
  const here = await canonical(cwd);
  const folders = await Promise.all(
    threads.map(async (thread) => thread.cwd && (await canonical(thread.cwd))),
  );
  return threads.filter((_, at) => folders[at] === here);
}

async function readCopy({account, rollout}: {account: string; rollout: string}): Promise<Copy | null> {
  const [head, updatedAtMs] = await Promise.all([readThreadHead(rollout), lastWrittenAtMs(rollout)]);
  return head && {...head, account, rollout, updatedAtMs};
}

function threadOf(copies: Copy[]): Thread {
  const sorted = [...copies].sort((one, other) => other.updatedAtMs - one.updatedAtMs);
  const [newest] = sorted as [Copy, ...Copy[]];
  const {id, cwd, startedAtMs, updatedAtMs, firstPrompt, rollout} = newest;
  const accounts = sorted.map(({account}) => account);
  return {id, accounts, cwd, startedAtMs, updatedAtMs, firstPrompt, rollout};
}

async function mapSome<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += FILES_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + FILES_AT_ONCE).map(work))));
  }
  return results;
}

async function canonical(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
