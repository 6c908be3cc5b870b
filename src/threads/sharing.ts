import {rm, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';

import type {ShareIntention} from '../accounts/data/intention.js';
import type {SharedLink, SharingFile} from '../accounts/data/sharing-file.js';
import type {AccountStore} from '../accounts/store/store.js';
import {CaoError, messageOf, systemProblem} from '../errors/index.js';
import {statIfThere} from '../files/absent.js';
import {caoLine} from '../files/text/shell-words.js';
import {PRIVATE_FILE_MODE, makeFolder} from '../files/private-folder.js';
import {isLinked, makeLink, removeEmpty, removeLink, requireLinks} from './shared-link.js';
import {copyThreads, requireReadable, takeAlongNewerTurns} from './shared-threads.js';
import type {SharingPlan} from './sharing-plan.js';

/** What could not be put back, because something else has taken its place. */
export type LeftOver = {account: string; item: string; backup: string};

/**
 * Does what a plan says, wholly or not at all. Each link is written down before it is made, so that {@link unshare} can
 * take it back, and the whole as an intention, so that the next command takes back what a killed process began.
 *
 * @throws CaoError `links_not_possible`, `threads_unreadable`, `sharing_failed`: everything is as it was then; `half_done`
 *   where it could not be taken back.
 */
export async function applySharing(store: AccountStore, plan: SharingPlan): Promise<void> {
  if (plan.links.length === 0) return;
  await requireLinks(store, plan.from);
  // Before anything is written down: where this ends, the source has a few copies more of threads that are where they
  // were, and the next time finds them there.
  const copied = await copyThreads(store, plan);
  const {from, links, threadAccounts} = plan;
  const created = plan.create.map(({path}) => path);
  const intention: ShareIntention = {kind: 'share', from, links, created, copied, threadAccounts};
  let failure: unknown = null;
  await store.intentions
    .carryOut(
      intention,
      async () => {
        try {
          await share(store, plan, intention);
        } catch (error) {
          failure = error;
          throw error;
        }
      },
      async () => {
        await takeBack(store, intention);
        return true;
      },
    )
    .catch((error: unknown) => {
      if (error !== failure) throw error;
      throw new CaoError(
        `Sharing failed, and everything is as it was: ${messageOf(systemProblem(error) ?? error)}`,
        {
          code: 'sharing_failed',
          suggestions: systemProblem(error)?.suggestions ?? [],
          cause: error,
        },
      );
    });
}

async function share(store: AccountStore, plan: SharingPlan, intention: ShareIntention): Promise<void> {
  await store.sharing.update((sharing) => ({
    ...sharing,
    created: [...sharing.created, ...intention.created],
    copied: [...sharing.copied, ...intention.copied],
  }));
  for (const {path, kind} of plan.create) {
    if (kind === 'folder') await makeFolder(path);
    else await writeFile(path, '', {flag: 'a', mode: PRIVATE_FILE_MODE});
  }
  for (const link of plan.links) {
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
}

/** Takes back what a process that was killed began to share, unless it came to its end. @returns what came of it */
export async function settleShare(store: AccountStore, intention: ShareIntention): Promise<string> {
  if (await isShared(store, intention)) return 'it is done now';
  // A Codex may have worked with what was shared meanwhile.
  for (const link of intention.links)
    if (link.item === 'sessions' && (await isLinked(store, link))) await requireReadable(link);
  const leftOver = await takeBack(store, intention);
  const kept = leftOver.map(({account, backup}) => `; ${account}'s own is in ${backup}`).join('');
  return `it has been taken back${kept}. To do it: ${caoLine('share')}`;
}

/** Each step can be done again. @returns what could not be put back */
async function takeBack(store: AccountStore, intention: ShareIntention): Promise<LeftOver[]> {
  const leftOver: LeftOver[] = [];
  for (const link of [...intention.links].reverse()) leftOver.push(...(await giveBack(store, link)));
  await removeMade(intention);
  const copies = new Set(intention.copied.map(({path}) => path));
  await store.sharing.update((sharing) => ({
    ...sharing,
    created: sharing.created.filter((path) => !intention.created.includes(path)),
    copied: sharing.copied.filter(({path}) => !copies.has(path)),
  }));
  return leftOver;
}

async function isShared(store: AccountStore, intention: ShareIntention): Promise<boolean> {
  const {links, sqliteHomes} = await store.sharing.read();
  for (const link of intention.links) {
    const isKnown = links.some(({account, item}) => account === link.account && item === link.item);
    if (!isKnown || !(await isLinked(store, link))) return false;
  }
  return intention.threadAccounts.every((name) => sqliteHomes[name] === intention.from);
}

/**
 * Gives accounts back what was theirs before {@link applySharing}.
 *
 * @param names none means all.
 * @returns what could not be put back; it stays in its backup.
 * @throws CaoError `threads_unreadable`: nothing was changed then; `half_done` where it stops: the next command goes on.
 */
export async function unshare(store: AccountStore, names: readonly string[]): Promise<LeftOver[]> {
  const links = linksOf(await store.sharing.read(), names);
  await requireAllReadable(links);
  const accounts = [...new Set(links.map(({account}) => account))];
  return store.intentions.carryOut(
    {kind: 'unshare', accounts},
    () => giveAllBack(store, accounts),
    // What accounts have got back is theirs again: this goes one way.
    () => Promise.resolve(false),
  );
}

/** Goes on where a process was killed that gave accounts back what was theirs. @returns what came of it */
export async function settleUnshare(store: AccountStore, accounts: readonly string[]): Promise<string> {
  await requireAllReadable(linksOf(await store.sharing.read(), accounts));
  const leftOver = await giveAllBack(store, accounts);
  return `it is done now${leftOver.map(({account, backup}) => `; ${account}'s own is in ${backup}`).join('')}`;
}

async function requireAllReadable(links: readonly SharedLink[]): Promise<void> {
  for (const link of links) if (link.item === 'sessions') await requireReadable(link);
}

async function giveAllBack(store: AccountStore, accounts: readonly string[]): Promise<LeftOver[]> {
  const leftOver: LeftOver[] = [];
  const links = (await store.sharing.read()).links.filter(({account}) => accounts.includes(account));
  for (const link of links.reverse()) leftOver.push(...(await giveBack(store, link)));
  const remaining = await store.sharing.read();
  if (remaining.links.length > 0) return leftOver;
  await removeMade(remaining);
  await store.sharing.update((current) => ({...current, created: [], copied: [], sqliteHomes: {}}));
  return leftOver;
}

/** Takes one link back, and only then out of the record. @returns what could not be put back */
async function giveBack(store: AccountStore, link: SharedLink): Promise<LeftOver[]> {
  const {account, item, backup} = link;
  const isBack = await removeLink(store, link);
  if (item === 'sessions') await takeAlongNewerTurns(store, link);
  await store.sharing.update((current) => ({
    ...current,
    links: current.links.filter((other) => other.account !== account || other.item !== item),
    ...(item === 'sessions' ? {sqliteHomes: without(current.sqliteHomes, account)} : {}),
  }));
  return isBack || backup === null ? [] : [{account, item, backup}];
}

/** The links of some accounts; of all when none is named. */
export function linksOf(sharing: SharingFile, names: readonly string[]): SharedLink[] {
  return sharing.links.filter(({account}) => names.length === 0 || names.includes(account));
}

/** Takes out of the source what sharing had put there and nobody has used. */
async function removeMade({created, copied}: Pick<SharingFile, 'created' | 'copied'>): Promise<void> {
  for (const {path, bytes} of copied) {
    if ((await statIfThere(path))?.size !== bytes) continue;
    await rm(path);
    for (
      let folder = dirname(path);
      /^\d+$/.test(folder.split(/[\\/]/).at(-1) ?? '');
      folder = dirname(folder)
    )
      if (!(await removeEmpty(folder))) break;
  }
  for (const path of created) {
    const found = await statIfThere(path);
    if (found?.isFile() && found.size === 0) await rm(path);
    else if (found?.isDirectory()) await removeEmpty(path);
  }
}

function without(homes: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(homes).filter(([other]) => other !== name));
}
