import {mkdir, rm, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';

import type {SharedLink, SharingFile} from '../accounts/data/sharing-file.js';
import type {AccountStore} from '../accounts/store/store.js';
import {CaoError, messageOf, systemProblem} from '../errors/index.js';
import {statIfThere} from '../files/absent.js';
import {PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE} from '../files/private-folder.js';
import {makeLink, removeEmpty, removeLink, requireLinks} from './shared-link.js';
import {copyThreads, requireReadable, takeAlongNewerTurns} from './shared-threads.js';
import type {SharingPlan} from './sharing-plan.js';

/** What could not be put back, because something else has taken its place. */
export type LeftOver = {account: string; item: string; backup: string};

/**
 * Does what a plan says, wholly or not at all. Each step is written down before it is taken, so that
 * {@link unshare} can take back what a killed process began.
 *
 * @throws CaoError `links_not_possible`, `threads_unreadable`, `sharing_failed`; everything is as it was then.
 */
export async function applySharing(store: AccountStore, plan: SharingPlan): Promise<void> {
  if (plan.links.length === 0) return;
  await requireLinks(store, plan.from);
  const copied = await copyThreads(store, plan);
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
    throw new CaoError(
      `Sharing failed, and everything is as it was: ${messageOf(systemProblem(error) ?? error)}`,
      {
        code: 'sharing_failed',
        suggestions: systemProblem(error)?.suggestions ?? [],
        cause: error,
      },
    );
  }
}

/**
 * Gives accounts back what was theirs before {@link applySharing}.
 *
 * @param names none means all.
 * @returns what could not be put back; it stays in its backup.
 * @throws CaoError `threads_unreadable`; nothing was changed then.
 */
export async function unshare(store: AccountStore, names: readonly string[]): Promise<LeftOver[]> {
  const sharing = await store.sharing.read();
  const leftOver: LeftOver[] = [];
  const links = linksOf(sharing, names).reverse();
  for (const link of links) if (link.item === 'sessions') await requireReadable(link);
  for (const link of links) {
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

/** Takes out of the source what sharing had put there and nobody has used. */
async function removeMade(
  now: Pick<SharingFile, 'created' | 'copied'>,
  before: Pick<SharingFile, 'created' | 'copied'>,
): Promise<void> {
  const known = new Set([...before.created, ...before.copied.map(({path}) => path)]);
  for (const {path, bytes} of now.copied) {
    if (known.has(path) || (await statIfThere(path))?.size !== bytes) continue;
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
    const found = await statIfThere(path);
    if (found?.isFile() && found.size === 0) await rm(path);
    else if (found?.isDirectory()) await removeEmpty(path);
  }
}

function without(homes: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(homes).filter(([other]) => other !== name));
}
