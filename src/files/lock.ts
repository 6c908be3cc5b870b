import {open} from 'node:fs/promises';
import {dirname} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {CaoError} from '../errors/index.js';
import {PRIVATE_FILE_MODE, ensurePrivateFolder} from './private-folder.js';

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
 *
 * @throws CaoError `lock_timeout` when another process holds it for longer than `timeoutMs`.
 */
export async function withLock<T>(
  lockPath: string,
  work: () => Promise<T>,
  {timeoutMs = DEFAULT_TIMEOUT_MS}: {timeoutMs?: number} = {},
): Promise<T> {
  const before = queues.get(lockPath) ?? Promise.resolve();
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
  const file = await open(lockPath, 'a+', PRIVATE_FILE_MODE);
  try {
    const deadline = Date.now() + timeoutMs;
    for (let pause = FIRST_PAUSE_MS; !tryLock(file.fd); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      if (Date.now() > deadline) {
        throw new CaoError(`Another process has held ${lockPath} for ${Math.round(timeoutMs / 1000)} s.`, {
          code: 'lock_timeout',
          suggestions: ['Wait for the other cao command to finish, or stop it, and try again.'],
        });
      }
      await sleep(pause * (0.5 + Math.random()));
    }
    try {
      return await work();
    } finally {
      unlock(file.fd);
    }
  } finally {
    await file.close();
  }
}
