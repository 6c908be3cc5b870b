import {open, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

import {hasErrorCode} from '../errors/index.js';
import {readdirIfThere} from './absent.js';
import {PRIVATE_FILE_MODE} from './private-folder.js';

/**
 * Replaces a file in one step: temporary file beside it, fsync, rename, fsync of the folder. Readers see the old
 * content or the new, never a part. The result is readable by its owner alone; a symbolic link stays one.
 */
export async function writePrivateFile(path: string, content: string | Buffer): Promise<void> {
  const {default: writeFileAtomic} = await import('write-file-atomic');
  await writeFileAtomic(path, content, {mode: PRIVATE_FILE_MODE});
  await syncFolder(dirname(path));
}

/** Makes a rename or removal in `folder` durable; where folders cannot be opened (Windows) there is nothing to do. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!hasErrorCode(error, 'EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP')) throw error;
  }
}

/**
 * Removes the temporary files that killed writers of `path` left behind. Call it only while holding the lock
 * under which `path` is written: a live writer's file looks the same.
 */
export async function removeAbandonedWrites(path: string): Promise<void> {
  const name = basename(path);
  const folder = dirname(path);
  const entries = await readdirIfThere(folder);
  const abandoned = entries.filter(
    (entry) => entry.startsWith(`${name}.`) && /^\d+$/.test(entry.slice(name.length + 1)),
  );
  await Promise.all(abandoned.map((entry) => rm(join(folder, entry), {force: true})));
}
