import {statSyncIfThere} from './absent.js';

/** Which state of a file one has seen: it differs for every file that was replaced, appended to or rewritten. */
export type FileStamp = {stamp: string; modifiedAtMs: number};

/**
 * The stamp of a file now; null where there is none. Synchronous on purpose: some microseconds, where a trip to the
 * thread pool would cost a request more than all else that is done for it.
 */
export function fileStamp(path: string): FileStamp | null {
  const found = statSyncIfThere(path);
  return found ? {stamp: `${found.ino}:${found.mtimeMs}:${found.size}`, modifiedAtMs: found.mtimeMs} : null;
}
