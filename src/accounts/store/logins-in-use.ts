import {randomUUID} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';

import {CaoError} from '../../errors/index.js';
import {readdirIfThere, statIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {withLock} from '../../files/lock.js';
import type {DataFolder} from '../data/data-folder.js';

/** A copy of the login that a Codex was started on, whose `cao` has died without looking after it. */
export type OrphanedLogin = {
  account: string;
  copy: string;
  /** When it was written, milliseconds since the epoch. */
  atMs: number;
};

const COPY = '.auth.json';
const LOCK = '.lock';

/**
 * Runs `work` while a copy of a login lies on disk, whatever becomes of this process. It goes when `work` has succeeded:
 * what is to be done about a login that is gone then is done within.
 */
export async function withLoginCopied<T>(
  folder: DataFolder,
  account: string,
  login: Buffer,
  work: () => Promise<T>,
): Promise<T> {
  const base = join(folder.loginsInUse(account), randomUUID());
  // Locked before there is a copy, and until it is gone: one that can be locked has lost its keeper.
  const result = await withLock(base + LOCK, async () => {
    await writePrivateFile(base + COPY, login);
    const done = await work();
    await rm(base + COPY, {force: true});
    return done;
  });
  await rm(base + LOCK, {force: true});
  return result;
}

/** Whether there are any, of this process or others. Costs next to nothing. */
export async function hasCopiedLogins(folder: DataFolder): Promise<boolean> {
  const files = await readdirIfThere(folder.loginsInUse(), {recursive: true});
  return files.some((file) => file.endsWith(COPY));
}

/**
 * Shows `judge` each copy that has lost its keeper, while no other process looks at it.
 *
 * @param judge whether the copy has done its work, and goes.
 */
export async function eachOrphanedLogin(
  folder: DataFolder,
  judge: (orphan: OrphanedLogin) => Promise<boolean>,
): Promise<void> {
  for (const account of await readdirIfThere(folder.loginsInUse())) {
    const files = await readdirIfThere(folder.loginsInUse(account));
    for (const base of new Set(files.map((file) => file.replace(/\.(auth\.json|lock)$/, '')))) {
      const path = join(folder.loginsInUse(account), base);
      await ifUnlocked(path + LOCK, async () => {
        const copy = await statIfThere(path + COPY);
        const isDone = copy && (await judge({account, copy: path + COPY, atMs: copy.mtimeMs}));
        if (isDone === false) return;
        await rm(path + COPY, {force: true});
        await rm(path + LOCK, {force: true});
      });
    }
  }
}

async function ifUnlocked(lock: string, work: () => Promise<void>): Promise<void> {
  try {
    await withLock(lock, work, {timeoutMs: 0});
  } catch (error) {
    if (!(error instanceof CaoError && error.code === 'lock_timeout')) throw error;
  }
}
