import {type Stats, statSync} from 'node:fs';
import {lstat, readdir, readlink, stat} from 'node:fs/promises';

import {CaoError, hasErrorCode, messageOf, systemProblem} from '../errors/index.js';
import {readRegular} from './regular-file.js';
import {decodeText} from './text/text.js';

/**
 * Reading what need not be there. Only absence reads as nothing; whatever else keeps a file or folder from being read
 * (rights, a loop of links, a failing disk) is thrown as Node's own error, since nobody knows then what is in it.
 */

/** Whether an error says that there is no such file or folder, or that its parent is no folder. */
function saysAbsent(error: unknown): boolean {
  return hasErrorCode(error, 'ENOENT', 'ENOTDIR');
}

/** What `read` gives; null where what it reads is not there. @throws Node's own error for anything else. */
export async function ifThere<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (saysAbsent(error)) return null;
    throw error;
  }
}

/** The names in a folder, with `recursive` the paths below it too, relative to it; none where there is no such folder. */
export async function readdirIfThere(path: string, options: {recursive?: boolean} = {}): Promise<string[]> {
  for (;;) {
    const names = await ifThere(() => readdir(path, options));
    if (names !== null) return names;
    // A folder below that was removed during the walk says nothing of the others: they are listed again.
    if (!options.recursive || !(await statIfThere(path))?.isDirectory()) return [];
  }
}

/** What a path leads to, links followed; null where there is nothing. */
export async function statIfThere(path: string): Promise<Stats | null> {
  return ifThere(() => stat(path));
}

/** What is at a path, be it a link to nowhere; null where there is nothing. */
export async function lstatIfThere(path: string): Promise<Stats | null> {
  return ifThere(() => lstat(path));
}

/** Where a symbolic link points; null for anything else, and where there is nothing. */
export async function linkTarget(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if (saysAbsent(error) || hasErrorCode(error, 'EINVAL')) return null;
    throw error;
  }
}

/**
 * A file as text, whatever Unicode encoding an editor left it in; null where there is none.
 *
 * @param most bytes that it may have.
 */
export async function readTextIfThere(path: string, most?: number): Promise<string | null> {
  const found = await ifThere(() => readRegular(path, most));
  return found === null ? null : decodeText(found.bytes);
}

/** {@link statIfThere} for where a trip to the thread pool costs more than all else that is done. */
export function statSyncIfThere(path: string): Stats | null {
  try {
    return statSync(path, {throwIfNoEntry: false}) ?? null;
  } catch (error) {
    if (saysAbsent(error)) return null;
    throw error;
  }
}

/** The error for a file or folder that is there and cannot be read: `unreadable_file`, or what the system's refusal is called. */
export function cannotRead(path: string, error: unknown): CaoError {
  return (
    systemProblem(error, {path, reading: true}) ??
    new CaoError(`Cannot read ${path}: ${messageOf(error)}`, {
      code: 'unreadable_file',
      cause: error,
      suggestions: [`Check who owns it: ls -ld ${path}`],
    })
  );
}
