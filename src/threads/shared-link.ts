import {mkdtemp, rename, rm, rmdir, symlink} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import type {SharedLink} from '../accounts/data/sharing-file.js';
import type {AccountStore} from '../accounts/store/store.js';
import {closeLogin} from '../codex/login/auth-file.js';
import {CaoError, reasonOf, systemProblem} from '../errors/index.js';
import {linkTarget, lstatIfThere, readdirIfThere} from '../files/absent.js';
import {ageMs} from '../files/clock.js';
import {makeLinkTo} from '../files/atomic-write.js';
import {ensurePrivateFolder, makeFolder} from '../files/private-folder.js';

/** Whether something is there, be it a link to nowhere. */
export async function exists(path: string): Promise<boolean> {
  return (await lstatIfThere(path)) !== null;
}

const TRIAL = '.link-';

/** A trial takes milliseconds. */
const LONGEST_TRIAL_MS = 60_000;

/** What commands that were killed in the middle of one have left. */
async function removeAbandonedTrials(root: string): Promise<void> {
  for (const name of await readdirIfThere(root)) {
    if (!name.startsWith(TRIAL)) continue;
    const made = await lstatIfThere(join(root, name));
    if (made !== null && ageMs(made.mtimeMs, Date.now()) > LONGEST_TRIAL_MS)
      await rm(join(root, name), {recursive: true, force: true});
  }
}

/**
 * Tries links of both kinds in the data folder.
 *
 * @param target the home that links would point into.
 * @throws CaoError `links_not_possible` where the system allows no links (Windows without the right).
 */
export async function requireLinks(store: AccountStore, target: string): Promise<void> {
  await ensurePrivateFolder(store.folder.root);
  await removeAbandonedTrials(store.folder.root);
  const trial = await mkdtemp(join(store.folder.root, TRIAL));
  try {
    await symlink(target, join(trial, 'folder'), 'dir');
    await symlink(join(target, 'AGENTS.md'), join(trial, 'file'), 'file');
  } catch (error) {
    // A disk that is full has no room for anything else either.
    const problem = systemProblem(error, {path: trial, reading: false});
    if (problem !== null && problem.code !== 'not_writable') throw problem;
    throw new CaoError(`This system does not let you make links: ${reasonOf(error)}. Nothing was changed.`, {
      code: 'links_not_possible',
      suggestions: ['On Windows, turn on Developer Mode (Settings, For developers), then try again.'],
      cause: error,
    });
  } finally {
    await rm(trial, {recursive: true, force: true});
  }
}

/** Puts a link into an account's home; what was there goes into its backup. */
export async function makeLink(
  store: AccountStore,
  {account, item, target, backup}: SharedLink,
): Promise<void> {
  const home = store.folder.home(account);
  await closeLogin(home);
  const path = join(home, item);
  if (backup !== null) {
    await makeFolder(dirname(backup));
    await rename(path, backup);
  }
  await makeLinkTo(target, path);
}

/** Whether an account's item is the link it is to be. */
export async function isLinked(store: AccountStore, {account, item, target}: SharedLink): Promise<boolean> {
  return (await linkTarget(join(store.folder.home(account), item))) === target;
}

/** Puts back what a link has taken the place of. @returns false when something else stands where the link was. */
export async function removeLink(store: AccountStore, link: SharedLink): Promise<boolean> {
  const {account, item, backup} = link;
  const home = store.folder.home(account);
  await closeLogin(home);
  const path = join(home, item);
  if (await isLinked(store, link)) await rm(path);
  // Nothing in the backup: the process died before it had moved anything.
  if (backup === null || !(await exists(backup))) return true;
  if (await exists(path)) return false;
  await rename(backup, path);
  for (const folder of [dirname(backup), dirname(dirname(backup))]) await removeEmpty(folder);
  return true;
}

/** Removes a folder if there is nothing in it. @returns whether it was removed */
export async function removeEmpty(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}
