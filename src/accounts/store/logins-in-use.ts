import {randomUUID} from 'node:crypto';

import {readdirIfThere, statIfThere} from '../../files/absent.js';
import type {DataFolder} from '../data/data-folder.js';
import {eachOrphan, withFileOfWork} from './file-of-work.js';

/** A copy of the login that a Codex was started on, whose `cao` has died without looking after it. */
export type OrphanedLogin = {
  account: string;
  copy: string;
  /** When it was written, milliseconds since the epoch. */
  atMs: number;
};

const COPY = '.auth.json';

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
  const place = {folder: folder.loginsInUse(account), name: randomUUID(), suffix: COPY};
  return withFileOfWork(place, login, work);
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
    await eachOrphan(folder.loginsInUse(account), COPY, async (copy) => {
      const found = await statIfThere(copy);
      return found === null || (await judge({account, copy, atMs: found.mtimeMs}));
    });
  }
}
