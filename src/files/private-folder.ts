import {chmod, mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';

import {hasErrorCode} from '../errors/index.js';
import {lstatIfThere, statIfThere} from './absent.js';
import {writingTo} from './writing.js';

const PRIVATE_FOLDER_MODE = 0o700;
export const PRIVATE_FILE_MODE = 0o600;

/** Creates `path` and its parents for the owner alone, and tightens `path` when it was more open. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  await writingTo(path, async () => {
    const created = await makeFolder(path);
    // An umask can only take rights away, but a folder that was there before may be open to others.
    if (created === undefined) await chmod(path, PRIVATE_FOLDER_MODE);
  });
}

/**
 * Makes a folder, and those above it, for the owner alone where they are not there.
 *
 * @returns the first that was made; undefined where there was nothing to do.
 * @throws the system's own error.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, {recursive: true, mode: PRIVATE_FOLDER_MODE});
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) await meetRefusal(path);
    throw error;
  }
}

/**
 * Where a disk is read-only, fails or has a quota, Node says that the folder is not there (ENOENT), when it is to make
 * those above it too. Made alone, the first that is missing says what the system said.
 */
async function meetRefusal(path: string): Promise<void> {
  const above = dirname(path);
  if (above === path || (await statIfThere(above)) !== null)
    await mkdir(path, {mode: PRIVATE_FOLDER_MODE}).catch((error: unknown) => {
      if (!hasErrorCode(error, 'EEXIST')) throw error;
    });
  else await meetRefusal(above);
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
