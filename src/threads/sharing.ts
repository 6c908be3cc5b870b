import {mkdir, mkdtemp, rename, rm, rmdir, stat, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import {handOver} from '../codex/threads/handover.js';
import {lastWrittenAtMs} from '../codex/threads/rollout.js';
import {findRollout, rolloutsOf} from '../codex/threads/rollout-files.js';
import {CaoError, messageOf} from '../errors/index.js';
import {withLock} from '../files/lock.js';
import {PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE, ensurePrivateFolder} from '../files/private-folder.js';
import type {SharedLink, SharingFile} from '../accounts/sharing-file.js';
import {type SharingPlan, exists, linkTarget} from './sharing-plan.js';
import type {AccountStore} from '../accounts/store.js';

/** What could not be put back, because something else has taken its place. */
export type LeftOver = {account: string; item: string; backup: string};

/**
 * Does what a plan says, wholly or not at all. Each step is written down before it is taken, so that
 * {@link unshare} can take back what a killed process began.
 *
 * @throws CaoError `links_not_possible` where the system allows no links (Windows without the right).
 */
export async function applySharing(store: AccountStore, plan: SharingPlan): Promise<void> {
  if (plan.links.length === 0) return;
  await requireLinks(store, plan);
  const copied = await withLock(store.folder.threadsLockFile, () => copyThreads(store, plan));
  const before = await store.sharing.read();
  await store.sharing.update((sharing) => ({
    ...sharing,
    created: [...sharing.created, ...plan.create.map(({path}) => path)],
    copied: [...sharing.copied, ...copied],
  }));
  const done: SharedLink[] = [];
  try {
    for (const {path, kind} of plan.create) {
      if (kind === 'folder') await mkdir(path, {recursive: true, mode: PRIVATE_FOLDER_MODE});
      else await writeFile(path, '', {flag: 'a', mode: PRIVATE_FILE_MODE});
    }
    for (const link of plan.links) {
      done.unshift(link);
      await store.sharing.update((sharing) => ({...sharing, links: [...sharing.links, link]}));
      await makeLink(store, link);
    }
    await store.sharing.update((sharing) => ({
      ...sharing,
      sqliteHomes: {
        ...sharing.sqliteHomes,
        ...Object.fromEntries(plan.threadAccounts.map((name) => [name, plan.from])),
      },
    }));
  } catch (error) {
    for (const link of done) await removeLink(store, link);
    await removeMade(await store.sharing.read(), before);
    await store.sharing.update(() => before);
    throw new CaoError(`Sharing failed, and everything is as it was: ${messageOf(error)}`, {
      code: 'sharing_failed',
      cause: error,
    });
  }
}

/**
 * Gives accounts back what was theirs before {@link applySharing}.
 *
 * @param names none means all.
 * @returns what could not be put back; it stays in its backup.
 */
export async function unshare(store: AccountStore, names: readonly string[]): Promise<LeftOver[]> {
  const sharing = await store.sharing.read();
  const leftOver: LeftOver[] = [];
  for (const link of linksOf(sharing, names).reverse()) {
    if (!(await removeLink(store, link)) && link.backup !== null)
      leftOver.push({account: link.account, item: link.item, backup: link.backup});
    if (link.item === 'sessions') await takeAlongNewerTurns(store, link);
    await store.sharing.update((current) => ({
      ...current,
      links: current.links.filter(({account, item}) => account !== link.account || item !== link.item),
      ...(link.item === 'sessions' ? {sqliteHomes: without(current.sqliteHomes, link.account)} : {}),
    }));
  }
  const remaining = await store.sharing.read();
  if (remaining.links.length > 0) return leftOver;
  await removeMade(remaining, {created: [], copied: []});
  await store.sharing.update((current) => ({...current, created: [], copied: [], sqliteHomes: {}}));
  return leftOver;
}

/** The links of some accounts; of all when none is named. */
export function linksOf(sharing: SharingFile, names: readonly string[]): SharedLink[] {
  return sharing.links.filter(({account}) => names.length === 0 || names.includes(account));
}

async function requireLinks(store: AccountStore, {from}: SharingPlan): Promise<void> {
  await ensurePrivateFolder(store.folder.root);
  const trial = await mkdtemp(join(store.folder.root, '.link-'));
  try {
    await symlink(from, join(trial, 'folder'), 'dir');
    await symlink(join(from, 'AGENTS.md'), join(trial, 'file'), 'file');
  } catch (error) {
    throw new CaoError(`This system does not let you make links: ${messageOf(error)}. Nothing was changed.`, {
      code: 'links_not_possible',
      suggestions: ['On Windows, turn on Developer Mode (Settings, For developers), then try again.'],
      cause: error,
    });
  } finally {
    await rm(trial, {recursive: true, force: true});
  }
}

/** So that no thread is out of sight: those that the source has not are copied into it. */
async function copyThreads(store: AccountStore, plan: SharingPlan): Promise<SharingFile['copied']> {
  const copied: SharingFile['copied'] = [];
  for (const name of plan.threadAccounts) {
    const {home} = await store.account(name);
    for (const {id, path} of await rolloutsOf(home)) {
      if ((await findRollout(plan.from, id)) !== null) continue;
      const result = await handOver({home, rollout: path}, plan.from, id);
      if (result.kind === 'moved')
        copied.push({path: result.rollout, bytes: (await stat(result.rollout)).size});
    }
  }
  return copied;
}

async function makeLink(store: AccountStore, {account, item, target, backup}: SharedLink): Promise<void> {
  const path = join(store.folder.home(account), item);
  if (backup !== null) {
    await mkdir(dirname(backup), {recursive: true, mode: PRIVATE_FOLDER_MODE});
    await rename(path, backup);
  }
  const type = (await stat(target)).isDirectory() ? 'dir' : 'file';
  await symlink(target, path, type);
}

/** What an account's threads gained while they were shared would otherwise be seen in the source alone. */
async function takeAlongNewerTurns(store: AccountStore, {account, target}: SharedLink): Promise<void> {
  const [home, source] = [store.folder.home(account), dirname(target)];
  await withLock(store.folder.threadsLockFile, async () => {
    for (const {id, path} of await rolloutsOf(home)) {
      const shared = await findRollout(source, id);
      if (shared !== null && (await lastWrittenAtMs(shared)) > (await lastWrittenAtMs(path)))
        await handOver({home: source, rollout: shared}, home, id);
    }
  });
}

/** @returns false when something else stands where the link was. */
async function removeLink(
  store: AccountStore,
  {account, item, target, backup}: SharedLink,
): Promise<boolean> {
  const path = join(store.folder.home(account), item);
  if ((await linkTarget(path)) === target) await rm(path);
  // Nothing in the backup: the process died before it had moved anything.
  if (backup === null || !(await exists(backup))) return true;
  if (await exists(path)) return false;
  await rename(backup, path);
  await rmdir(dirname(backup)).catch(() => undefined);
  await rmdir(dirname(dirname(backup))).catch(() => undefined);
  return true;
}

/** Takes out of the source what sharing had put there and nobody has used. */
async function removeMade(
  now: Pick<SharingFile, 'created' | 'copied'>,
  before: Pick<SharingFile, 'created' | 'copied'>,
): Promise<void> {
  const known = new Set([...before.created, ...before.copied.map(({path}) => path)]);
  for (const {path, bytes} of now.copied) {
    if (known.has(path) || (await stat(path).catch(() => null))?.size !== bytes) continue;
    await rm(path);
    for (
      let folder = dirname(path);
      /^\d+$/.test(folder.split(/[\\/]/).at(-1) ?? '');
      folder = dirname(folder)
    )
      if (!(await removeEmpty(folder))) break;
  }
  for (const path of now.created) {
    if (known.has(path)) continue;
    const found = await stat(path).catch(() => null);
    if (found?.isFile() && found.size === 0) await rm(path);
    else if (found?.isDirectory()) await removeEmpty(path);
  }
}

async function removeEmpty(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}

function without(homes: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(homes).filter(([other]) => other !== name));
}
