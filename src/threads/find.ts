import {realpath} from 'node:fs/promises';

import {CaoError, systemReason, usageError} from '../errors/index.js';
import {statIfThere} from '../files/absent.js';
import {folderMissing, threadsUnreadable} from './errors.js';
import type {Thread, ThreadListing} from './list.js';
import {caoLine} from '../files/text/shell-words.js';

/**
 * The thread that a person means.
 *
 * @param wanted an id or its unique beginning; null for the newest of the folder `cwd` that is not archived.
 * @throws CaoError `usage` (exit 2) for an id that is unknown or not unique, `no_threads` for a folder without any,
 *   `threads_unreadable` for one that may be where nobody could look.
 */
export async function findThread(
  {threads, unread}: ThreadListing,
  wanted: string | null,
  cwd: string,
): Promise<Thread> {
  const found =
    wanted === null
      ? (await threadsIn(threads, cwd)).filter(({archived}) => !archived).slice(0, 1)
      : threads.filter(({id}) => id.startsWith(wanted.toLowerCase()));
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  if (only)
    throw usageError(
      `${found.length} threads begin with ${String(wanted)}.`,
      `Give more of the id: ${caoLine('threads')}`,
    );
  if (unread.length > 0) throw threadsUnreadable(unread);
  if (wanted !== null)
    throw usageError(`No account has a thread ${wanted}.`, `See those there are: ${caoLine('threads')}`);
  throw new CaoError(`No account has a thread of ${cwd}.`, {
    code: 'no_threads',
    suggestions: [`See those of all folders: ${caoLine('threads')}`],
  });
}

/** The threads that work in one folder, by whatever name it is reached. */
export async function threadsIn(threads: readonly Thread[], cwd: string): Promise<Thread[]> {
  const here = await canonical(cwd);
  const folders = await Promise.all(
    threads.map(async (thread) => thread.cwd && (await canonical(thread.cwd))),
  );
  return threads.filter((_, at) => folders[at] === here);
}

/**
 * Where Codex goes on with a thread: its own folder, or the current one for a thread that names none.
 *
 * @throws CaoError `thread_folder_missing`.
 */
export async function folderOf({id, cwd}: Pick<Thread, 'id' | 'cwd'>): Promise<string> {
  if (cwd === null) return process.cwd();
  try {
    if (await statIfThere(cwd)) return cwd;
  } catch (error) {
    throw folderMissing(id, `cannot be reached (${systemReason(error)})`, cwd);
  }
  throw folderMissing(id, 'is not there any more', cwd);
}

async function canonical(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
