import {realpath, rename, rm} from 'node:fs/promises';
import {join, sep} from 'node:path';

import {linkTarget, lstatIfThere, readdirIfThere} from '../../files/absent.js';
import {pointLinkTo, syncFolder} from '../../files/atomic-write.js';
import {ensurePrivateFolder} from '../../files/private-folder.js';
import type {DataFolder} from '../data/data-folder.js';
import {gatewayDocument, withRenamedAccount} from '../data/gateway-file.js';
import {routesDocument, withMovedHomes} from '../data/gateway-routes-file.js';
import {renameInThreads} from './gateway-threads.js';
import {renameInHistory} from './history.js';
import {renameKeptLogins} from './kept-logins.js';
import type {SharingStore} from './sharing-store.js';
import type {Rename, StatusStore} from './status-store.js';
import type {UsageStore} from './usage-store.js';

/** What holds an account's name, besides the registry. */
export type NamedPlaces = {
  folder: DataFolder;
  onProblem: (problem: string) => void;
  status: StatusStore;
  usage: UsageStore;
  sharing: SharingStore;
};

/**
 * Gives an account's folder, and all that is known of it, to another name. Each step can be done again, and the whole
 * backwards. For a caller that holds the lock of the data folder, and changes the registry last: until then the name there
 * says that this is not done.
 */
export async function giveName(places: NamedPlaces, {from, to}: Rename): Promise<void> {
  const {folder, onProblem, status, usage, sharing} = places;
  const moved = await movedPaths(folder, {from, to});
  await moveHome(folder, {from, to});
  await status.renameUnlocked(from, to);
  await usage.rename(from, to);
  await moveBackups(folder, {from, to});
  await pointLinksTo(places, {from, to}, moved);
  await sharing.renameUnlocked({from, to, moved});
  await renameKeptLogins(folder, from, to);
  await gatewayDocument(folder, onProblem).updateUnlocked((config) =>
    withRenamedAccount(config, {from, to, moved}),
  );
  await routesDocument(folder, onProblem).updateUnlocked((routes) => withMovedHomes(routes, moved));
  await renameInThreads(folder, from, to);
  await renameInHistory(folder, from, to);
}

/**
 * Looks whether the files in which an account's name stands can be written at all, before anything is changed.
 *
 * @throws CaoError `newer_file`, `unreadable_file` as the file that cannot says.
 */
export async function requireWritable({
  folder,
  onProblem,
  status,
  usage,
  sharing,
}: NamedPlaces): Promise<void> {
  // Changes that change nothing: a file is looked at, and not written.
  await status.removeUnlocked('');
  await usage.remove('');
  await sharing.removeUnlocked('');
  await gatewayDocument(folder, onProblem).updateUnlocked((config) => config);
  await routesDocument(folder, onProblem).updateUnlocked((routes) => routes);
}

/** Whether the folder of an account has got its new name already. */
export async function isHomeMoved(folder: DataFolder, {from, to}: Rename): Promise<boolean> {
  return (await lstatIfThere(folder.home(to))) !== null && (await lstatIfThere(folder.home(from))) === null;
}

async function moveHome(folder: DataFolder, {from, to}: Rename): Promise<void> {
  // A Codex that still runs may have made the old one again: what has moved stays where it is.
  if ((await lstatIfThere(folder.home(to))) !== null) return;
  if ((await lstatIfThere(folder.home(from))) === null) return;
  await rename(folder.home(from), folder.home(to));
  await syncFolder(folder.root);
}

/** What an account had of its own before it shared. */
async function moveBackups(folder: DataFolder, {from, to}: Rename): Promise<void> {
  const [source, target] = [folder.sharingBackup(from), folder.sharingBackup(to)];
  const items = await readdirIfThere(source);
  if (items.length > 0) await ensurePrivateFolder(target);
  for (const item of items) await rename(join(source, item), join(target, item));
  await rm(source, {recursive: true, force: true});
}

/** Has the links of all accounts that lead into this one's home lead there still. */
async function pointLinksTo(
  {folder, sharing}: NamedPlaces,
  {from, to}: Rename,
  moved: (path: string) => string,
): Promise<void> {
  for (const {account, item, target} of (await sharing.read()).links) {
    if (moved(target) === target) continue;
    const path = join(folder.home(account === from ? to : account), item);
    if ((await linkTarget(path)) === target) await pointLinkTo(moved(target), path);
  }
}

/** Where a path lies now that may have been in one of the account's folders, by any of their names. */
async function movedPaths(folder: DataFolder, {from, to}: Rename): Promise<(path: string) => string> {
  const [olds, news] = await Promise.all([foldersOf(folder, from), foldersOf(folder, to)]);
  return (path) => {
    const at = olds.findIndex((old) => isIn(path, old));
    return at === -1 ? path : `${news[at] ?? ''}${path.slice(olds[at]?.length)}`;
  };
}

/** Whose links lead into the home of an account, which has what they share. */
export async function sharersOf({folder, sharing}: NamedPlaces, name: string): Promise<string[]> {
  const folders = await foldersOf(folder, name);
  const links = (await sharing.read()).links.filter(({target}) => folders.some((own) => isIn(target, own)));
  return [...new Set(links.map(({account}) => account))].filter((account) => account !== name);
}

/** The home of an account by both its names, where the data folder is reached by a link, and what is kept for it. */
async function foldersOf(folder: DataFolder, name: string): Promise<string[]> {
  const real = await realpath(folder.root).catch(() => folder.root);
  return [folder.home(name), join(real, name), folder.sharingBackup(name)];
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}
