import {chmod, realpath} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import {ifThere, lstatIfThere, readdirIfThere, statIfThere} from '../../files/absent.js';

export type OpenPath = {path: string; mode: number; wanted: number};

/** Rights of group and others: to anything at all, and to pass through a folder to what is below it. */
const OF_OTHERS = 0o077;
const PASS_OF_OTHERS = 0o011;

/**
 * What in these folders others than the owner can really read or write: each folder itself and the files right in it.
 * A folder that others cannot pass closes everything below it, whatever the modes there. Links are left out: what they
 * lead to is somebody's choice. Nothing on Windows, which has no such modes.
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
  const real = await ifThere(() => realpath(folder));
  if (real === null || !(await canBePassed(dirname(real)))) return [];
  const own = await inspect(folder, true);
  const names = await readdirIfThere(folder);
  if (own === null || (own.mode & PASS_OF_OTHERS) === 0) return own === null ? [] : [own];
  const found = await Promise.all(names.map((name) => inspect(join(folder, name), false)));
  return [own, ...found.filter((open) => open !== null)];
}

/** Whether others can get through a folder and all above it. Some of them is enough: groups are not told apart. */
async function canBePassed(folder: string): Promise<boolean> {
  const entry = await statIfThere(folder);
  if (entry === null || (entry.mode & PASS_OF_OTHERS) === 0) return false;
  const above = dirname(folder);
  return above === folder || canBePassed(above);
}

async function inspect(path: string, isFolder: boolean): Promise<OpenPath | null> {
  const entry = await lstatIfThere(path);
  if (!entry || !(isFolder ? entry.isDirectory() : entry.isFile())) return null;
  const mode = entry.mode & 0o777;
  return (mode & OF_OTHERS) === 0 ? null : {path, mode, wanted: mode & 0o700};
}
