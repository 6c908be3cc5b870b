import {chmod, mkdir} from 'node:fs/promises';

import {hasErrorCode} from '../errors/index.js';
import {lstatIfThere} from './absent.js';
import {writingTo} from './writing.js';

export const PRIVATE_FOLDER_MODE = 0o700;
export const PRIVATE_FILE_MODE = 0o600;

/** Creates `path` and its parents for the owner alone, and tightens `path` when it was more open. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  await writingTo(path, async () => {
    const created = await mkdir(path, {recursive: true, mode: PRIVATE_FOLDER_MODE});
    // An umask can only take rights away, but a folder that was there before may be open to others.
    if (created === undefined) await chmod(path, PRIVATE_FOLDER_MODE);
  });
}

const RIGHTS_OF_OTHERS = 0o077;

/**
 * Takes the rights of others from a file that is its owner's own. A link is left alone, since what it leads to is somebody's
 * choice; so is a file of another user. Nothing on Windows, which has no such modes.
 */
export async function closeToOthers(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const found = await lstatIfThere(path);
  if (!found?.isFile() || (found.mode & RIGHTS_OF_OTHERS) === 0) return;
  try {
    await chmod(path, found.mode & 0o700);
  } catch (error) {
    if (!hasErrorCode(error, 'EPERM', 'EROFS', 'ENOENT')) throw error;
  }
}
