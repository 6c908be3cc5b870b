import {rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

import {loginBytes} from '../../codex/login/auth-file.js';
import {readdirIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {ensurePrivateFolder} from '../../files/private-folder.js';
import {readRegular} from '../../files/regular-file.js';
import type {DataFolder} from '../data/data-folder.js';

/** Older copies go: their tokens have been spent long since. */
const MOST_COPIES = 10;

/**
 * Copies an account's `auth.json` aside, byte for byte, before something else takes its place. What is there already as the
 * newest copy is not copied again.
 *
 * @returns where the copy is; null when there is nothing to keep.
 */
export async function keepLogin(
  folder: DataFolder,
  name: string,
  nowMs = Date.now(),
): Promise<string | null> {
  const login = await loginBytes(folder.home(name));
  return login === null || login.length === 0 ? null : keepAside(folder, name, login, nowMs);
}

/** Keeps a login as {@link keepLogin} does, that is to be none of this account. @returns where it is. */
export async function keepAside(
  folder: DataFolder,
  name: string,
  login: Buffer,
  nowMs = Date.now(),
): Promise<string> {
  const copies = await copiesIn(folder.keptLogins(name));
  const newest = copies.at(-1);
  if (newest !== undefined && login.equals((await readRegular(newest)).bytes)) return newest;
  await ensurePrivateFolder(dirname(folder.keptLogins(name)));
  await ensurePrivateFolder(folder.keptLogins(name));
  const path = newPath(folder.keptLogins(name), copies, nowMs);
  await writePrivateFile(path, login);
  await Promise.all([...copies, path].slice(0, -MOST_COPIES).map((old) => rm(old, {force: true})));
  return path;
}

/** Removes a copy that is not needed after all: its login has got to where it was to go. */
export async function dropKept(copy: string): Promise<void> {
  await rm(copy, {force: true});
}

/** Names are the order of the copies: none is named before one that was there, whatever the clock says since. */
function newPath(folder: string, copies: readonly string[], nowMs: number): string {
  const latestMs = Math.max(...copies.map((copy) => timeIn(basename(copy)) ?? -Infinity));
  const atMs = Math.max(nowMs, latestMs + 1);
  return join(folder, `${new Date(atMs).toISOString().replaceAll(':', '-')}.auth.json`);
}

function timeIn(name: string): number | null {
  const atMs = Date.parse(name.replace(/^(.+T\d\d)-(\d\d)-(.+)\.auth\.json$/, '$1:$2:$3'));
  return Number.isNaN(atMs) ? null : atMs;
}

/** Gives the copies of an account to its new name. */
export async function renameKeptLogins(folder: DataFolder, from: string, to: string): Promise<void> {
  for (const of of [(name: string) => folder.keptLogins(name), (name: string) => folder.loginsInUse(name)]) {
    const copies = await copiesIn(of(from));
    if (copies.length === 0) continue;
    await ensurePrivateFolder(of(to));
    await Promise.all(copies.map((copy) => rename(copy, join(of(to), basename(copy)))));
    await rm(of(from), {recursive: true, force: true});
  }
}

export async function removeKeptLogins(folder: DataFolder, name: string): Promise<void> {
  for (const path of [folder.keptLogins(name), folder.loginsInUse(name)])
    await rm(path, {recursive: true, force: true});
}

/** The copies in a folder, the oldest first: their names are times. */
async function copiesIn(folder: string): Promise<string[]> {
  return (await readdirIfThere(folder)).sort().map((file) => join(folder, file));
}
