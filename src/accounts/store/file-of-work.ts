import {rm} from 'node:fs/promises';
import {join} from 'node:path';

import {CaoError} from '../../errors/index.js';
import {lstatIfThere, readdirIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {withLock} from '../../files/lock.js';

const LOCK = '.lock';

/**
 * Runs `work` while a file lies on disk that tells of it, whatever becomes of this process. It goes when `work` has
 * succeeded, and stays where that throws.
 *
 * @param name without a dot, and no other work's. The file is `<name><suffix>`.
 */
export async function withFileOfWork<T>(
  {folder, name, suffix}: {folder: string; name: string; suffix: string},
  content: string | Buffer,
  work: () => Promise<T>,
): Promise<T> {
  const base = join(folder, name);
  // Locked before there is a file, and until it is gone: one that can be locked has lost its process.
  const result = await withLock(base + LOCK, async () => {
    await writePrivateFile(base + suffix, content);
    const done = await work();
    await rm(base + suffix, {force: true});
    return done;
  });
  await rm(base + LOCK, {force: true});
  return result;
}

/**
 * Shows `judge` each file of a work whose process has ended without it, in the order of their names, while no other
 * process looks at it.
 *
 * @param judge whether the file has done its work, and goes.
 */
export async function eachOrphan(
  folder: string,
  suffix: string,
  judge: (path: string) => Promise<boolean>,
): Promise<void> {
  const names = new Set((await readdirIfThere(folder)).map((file) => file.split('.', 1)[0] ?? file));
  for (const name of [...names].sort()) {
    const path = join(folder, name + suffix);
    await ifUnlocked(join(folder, name + LOCK), async () => {
      if ((await lstatIfThere(path)) !== null && !(await judge(path))) return;
      await removeAllOf(folder, name);
    });
  }
}

/** With what a killed process has written only half. */
async function removeAllOf(folder: string, name: string): Promise<void> {
  const files = (await readdirIfThere(folder)).filter((file) => file.startsWith(`${name}.`));
  // The lock last: whoever finds it alone has nothing to judge.
  for (const file of files.filter((other) => !other.endsWith(LOCK)))
    await rm(join(folder, file), {force: true});
  await rm(join(folder, name + LOCK), {force: true});
}

async function ifUnlocked(lock: string, work: () => Promise<void>): Promise<void> {
  const own = {isLocked: false};
  const locked = (): Promise<void> => {
    own.isLocked = true;
    return work();
  };
  await withLock(lock, locked, {timeoutMs: 0}).catch((error: unknown) => {
    // Another process is at it; where it is our own work that waits for a lock in vain, that is an error.
    if (own.isLocked || !(error instanceof CaoError && error.code === 'lock_timeout')) throw error;
  });
}
