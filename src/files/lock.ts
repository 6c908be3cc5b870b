import {constants, fstatSync, ftruncateSync, readSync, writeSync} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {dirname} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {CaoError, hasErrorCode} from '../errors/index.js';
import {cannotRead} from './absent.js';
import {parseRecord} from './json-values.js';
import {PRIVATE_FILE_MODE, ensurePrivateFolder} from './private-folder.js';
import {printable} from './text/printable.js';
import {requireRegular} from './regular-file.js';
import {writingTo} from './writing.js';

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;
const DEFAULT_TIMEOUT_MS = 30_000;

/** The last holder of each lock file in this process, so that waiters inside one process queue up in order. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while this process alone holds the lock on `lockPath`.
 *
 * The lock is the kernel's own (fcntl/LockFileEx): it is freed when its holder dies, however it dies, so there are
 * no stale locks to guess about. The file itself stays; removing it would let two processes lock two files of one name.
 * What is in it says who holds it: for the error that those get who have waited too long, and nothing else.
 *
 * @param options `timeoutMs` 0: only where nobody holds it now.
 * @throws CaoError `lock_timeout` when another process holds it for longer than `timeoutMs`; `unreadable_file` for what is
 *   no file.
 */
export async function withLock<T>(
  lockPath: string,
  work: () => Promise<T>,
  {timeoutMs = DEFAULT_TIMEOUT_MS}: {timeoutMs?: number} = {},
): Promise<T> {
  const ahead = queues.get(lockPath);
  // Whoever does not wait must not wait for this process's own work either: it may be within that.
  if (ahead !== undefined && timeoutMs === 0) throw heldTooLong(lockPath, null, timeoutMs);
  const before = ahead ?? Promise.resolve();
  const run = before.then(
    () => lockedAcrossProcesses(lockPath, work, timeoutMs),
    () => lockedAcrossProcesses(lockPath, work, timeoutMs),
  );
  const settled = run.catch(() => undefined);
  queues.set(lockPath, settled);
  try {
    return await run;
  } finally {
    if (queues.get(lockPath) === settled) queues.delete(lockPath);
  }
}

async function lockedAcrossProcesses<T>(
  lockPath: string,
  work: () => Promise<T>,
  timeoutMs: number,
): Promise<T> {
  // Loaded here: reading commands never lock, and a native module costs start-up time.
  const {tryLock, unlock} = await import('fs-native-extensions');
  await ensurePrivateFolder(dirname(lockPath));
  const file = await writingTo(lockPath, () => openLock(lockPath));
  try {
    const deadline = performance.now() + timeoutMs;
    for (let pause = FIRST_PAUSE_MS; !tryLock(file.fd); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      if (performance.now() > deadline) {
        throw heldTooLong(lockPath, holderIn(file.fd), timeoutMs);
      }
      await sleep(pause * (0.5 + Math.random()));
    }
    noteHolder(file.fd);
    try {
      return await work();
    } finally {
      forgetHolder(file.fd);
      unlock(file.fd);
    }
  } finally {
    await file.close();
  }
}

/** A link in the place of a lock leads to somebody's file, or makes one where it points. Windows has no such flag. */
const LOCK_FLAGS =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  ((constants.O_NOFOLLOW as number | undefined) ?? 0) |
  ((constants.O_NONBLOCK as number | undefined) ?? 0);

async function openLock(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, LOCK_FLAGS, PRIVATE_FILE_MODE);
    try {
      requireRegular(path, await file.stat());
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  } catch (error) {
    if (hasErrorCode(error, 'EFTYPE', 'EISDIR', 'ELOOP')) throw cannotRead(path, error);
    throw error;
  }
}

/** Who holds a lock: a process, and its command without arguments, which may be anything. */
type Holder = {pid: number; command: string};

/** More is not written there. */
const MOST_HOLDER_BYTES = 500;

/** Synchronous on purpose: some microseconds, where two trips to the thread pool would cost more than most work does. */
function noteHolder(fd: number): void {
  const words = process.argv.slice(2, 4);
  const end = words.findIndex((word) => !/^[a-z][a-z-]*$/.test(word));
  const command = ['cao', ...words.slice(0, end === -1 ? words.length : end)].join(' ');
  try {
    if (!isForHolders(fd)) return;
    ftruncateSync(fd);
    writeSync(
      fd,
      `${JSON.stringify({pid: process.pid, command} satisfies Holder)}\n`.slice(0, MOST_HOLDER_BYTES),
    );
  } catch {
    // A full disk must not keep anybody from the lock.
  }
}

function forgetHolder(fd: number): void {
  try {
    if (isForHolders(fd)) ftruncateSync(fd);
  } catch {
    // It would name a process that may be there no more; whoever reads it looks.
  }
}

/** Whether there is nothing in a lock but who held it. Anything else is somebody's file by another name: it stays whole. */
function isForHolders(fd: number): boolean {
  const {size} = fstatSync(fd);
  return size === 0 || (size <= MOST_HOLDER_BYTES && typeof parseRecord(startOf(fd))?.['pid'] === 'number');
}

function startOf(fd: number): string {
  const piece = Buffer.alloc(MOST_HOLDER_BYTES);
  return piece.toString('utf8', 0, readSync(fd, piece, 0, piece.length, 0));
}

/** Null where nobody has said so: an older version does not, and Windows lets no other process read what is locked. */
function holderIn(fd: number): Holder | null {
  let said: Record<string, unknown> | null;
  try {
    said = parseRecord(startOf(fd));
  } catch {
    return null;
  }
  const {pid, command} = said ?? {};
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || typeof command !== 'string')
    return null;
  return isAlive(pid) ? {pid, command: printable(command)} : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is somebody else's.
    return hasErrorCode(error, 'EPERM');
  }
}

function heldTooLong(path: string, holder: Holder | null, timeoutMs: number): CaoError {
  const seconds = Math.round(timeoutMs / 1000);
  const who = holder === null ? 'Another process' : `Process ${holder.pid} (${holder.command})`;
  return new CaoError(`${who} has held ${path} for ${seconds} s.`, {
    code: 'lock_timeout',
    suggestions:
      holder === null
        ? ['Wait for the other cao command to finish, or stop it, and try again.']
        : [`Wait for it to finish, or see what it does (ps -fp ${holder.pid}), stop it, and try again.`],
  });
}
