import {chmod, mkdir} from 'node:fs/promises';

export const PRIVATE_FOLDER_MODE = 0o700;
export const PRIVATE_FILE_MODE = 0o600;

/** Creates `path` and its parents for the owner alone, and tightens `path` when it was more open. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  const created = await mkdir(path, {recursive: true, mode: PRIVATE_FOLDER_MODE});
  // An umask can only take rights away, but a folder that was there before may be open to others.
  if (created === undefined) await chmod(path, PRIVATE_FOLDER_MODE);
}
