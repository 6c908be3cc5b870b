import {appendFile, open, rename, rm, stat, symlink} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

import {hasErrorCode, systemProblem} from '../errors/index.js';
import {lstatIfThere, readdirIfThere, statIfThere} from './absent.js';
import {writingTo} from './writing.js';
import {PRIVATE_FILE_MODE} from './private-folder.js';
import {requireRegular} from './regular-file.js';

const NOTHING = Buffer.alloc(0);

/**
 * Replaces a file in one step: temporary file beside it, fsync, rename, fsync of the folder. Readers see the old
 * content or the new, never a part. The result is readable by its owner alone; a symbolic link stays one.
 *
 * @throws CaoError as {@link writingTo} does.
 * @throws `EFTYPE` for a link to what is no file: a device would be replaced for the whole machine.
 */
export async function writePrivateFile(path: string, content: string | Buffer): Promise<void> {
  if ((await lstatIfThere(path))?.isSymbolicLink()) await requireLinkToFile(path);
  const {default: writeFileAtomic} = await import('write-file-atomic');
  await writingTo(path, async () => {
    // It takes a write that the disk had room for only in part for a whole one; appendFile goes on until all is there.
    // Its types do not say that it waits for the promise.
    const tmpfileCreated = ((draft: string) => appendFile(draft, content)) as (draft: string) => void;
    await writeFileAtomic(path, NOTHING, {mode: PRIVATE_FILE_MODE, tmpfileCreated});
    await syncFolder(dirname(path));
  });
}

async function requireLinkToFile(path: string): Promise<void> {
  const target = await statIfThere(path);
  if (target) requireRegular(path, target);
}

/** Makes a symbolic link of the kind that suits what it points to. @throws Node's error where that is not there. */
export async function makeLinkTo(target: string, path: string): Promise<void> {
  await symlink(target, path, (await stat(target)).isDirectory() ? 'dir' : 'file');
}

/** Has a symbolic link point elsewhere, in one step. */
export async function pointLinkTo(target: string, path: string): Promise<void> {
  const draft = `${path}.cao-link`;
  await rm(draft, {force: true});
  await makeLinkTo(target, draft);
  await rename(draft, path);
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
    if (hasErrorCode(error, 'EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP')) return;
    // Node's own names no folder.
    throw systemProblem(error, {path: folder, reading: false}) ?? error;
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
