import {chmod} from 'node:fs/promises';
import {join} from 'node:path';

import {lstatIfThere, readdirIfThere} from '../../files/absent.js';

export type OpenPath = {path: string; mode: number; wanted: number};

/**
 * What in these folders others than the owner may read or write: each folder itself and the files right in it.
 * Links are left out: what they lead to is somebody's choice. Nothing on Windows, which has no such modes.
 *
 * @throws Error of the system for a folder that cannot be read.
 */
export async function openToOthers(folders: readonly string[]): Promise<OpenPath[]> {
  if (process.platform === 'win32') return [];
  const found = await Promise.all(folders.map(openIn));
  return found.flat();
}

/** Takes the rights of others away. */
export async function makePrivate({path, mode}: OpenPath): Promise<void> {
  await chmod(path, mode & 0o700);
}

async function openIn(folder: string): Promise<OpenPath[]> {
  const names = await readdirIfThere(folder);
  const paths = [folder, ...names.map((name) => join(folder, name))];
  const found = await Promise.all(paths.map((path) => inspect(path, path === folder)));
  return found.filter((open) => open !== null);
}

async function inspect(path: string, isFolder: boolean): Promise<OpenPath | null> {
  const entry = await lstatIfThere(path);
  if (!entry || !(isFolder ? entry.isDirectory() : entry.isFile())) return null;
  const mode = entry.mode & 0o777;
  return (mode & 0o077) === 0 ? null : {path, mode, wanted: mode & 0o700};
}
