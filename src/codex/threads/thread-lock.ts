import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {hasErrorCode} from '../../errors/index.js';
import {readTextIfThere, statIfThere} from '../../files/absent.js';

const LOOK_AGAIN_MS = 50;

/** A Codex that has just ended frees its lock a moment after its parent. */
const PATIENCE_MS = 1500;

/**
 * Whether a Codex process has this thread of this home open for writing: it then holds a lock on
 * `thread-writer-locks/<id>.lock`. A lock file that a killed process left behind is not held.
 *
 * @throws Node's error when that cannot be told: a thread is not free because nobody can look.
 */
export async function isThreadBusy(home: string, id: string, patienceMs = PATIENCE_MS): Promise<boolean> {
  const path = join(home, 'thread-writer-locks', `${id}.lock`);
  const deadline = performance.now() + patienceMs;
  while (await isHeld(path)) {
    if (performance.now() >= deadline) return true;
    await sleep(LOOK_AGAIN_MS);
  }
  return false;
}

async function isHeld(path: string): Promise<boolean> {
  const found = await statIfThere(path);
  if (!found) return false;
  // Codex locks by flock(2), which on Linux no fcntl lock meets; the kernel lists both.
  if (process.platform === 'linux') {
    const locks = (await readTextIfThere('/proc/locks')) ?? '';
    return new RegExp(`:${found.ino} `).test(locks);
  }
  const {tryLock, unlock} = await import('fs-native-extensions');
  const file = await open(path, 'r+').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return null;
    throw error;
  });
  if (!file) return false;
  try {
    if (!tryLock(file.fd)) return true;
    unlock(file.fd);
    return false;
  } finally {
    await file.close();
  }
}
