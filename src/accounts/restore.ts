import {readdir, rename} from 'node:fs/promises';
import {basename, join} from 'node:path';

import {configFilePath} from '../codex/home/home-config.js';
import {authFilePath} from '../codex/login/auth-file.js';
import {lstatIfThere, readTextIfThere, statIfThere} from '../files/absent.js';
import {type FileState, type JsonFile, MOST_BYTES} from '../files/json/document.js';
import {asRecord, parseJson} from '../files/json-values.js';
import {withLock} from '../files/lock.js';
import {isAccountName} from './data/names.js';
import type {AccountStore} from './store/store.js';

/** A file that could not be read once, and was moved aside, or a copy of one of which a part was replaced. */
export type Leftover = {
  path: string;
  /** The name of the file that it was. */
  of: string;
};

const LEFTOVER = /^(.+)\.corrupt-\d+$/;

/** The files of a data folder that were moved aside, the newest first. */
export async function leftovers(root: string): Promise<Leftover[]> {
  const names = (await lstatIfThere(root)) === null ? [] : await readdir(root);
  return names
    .sort()
    .reverse()
    .flatMap((name) => {
      const of = LEFTOVER.exec(name)?.[1];
      return of === undefined ? [] : [{path: join(root, name), of}];
    });
}

/**
 * Brings back what can be read of a file that was moved aside: what its file has not got since. It is then kept under
 * another name, so that nobody is told of it again.
 *
 * @returns where it is kept.
 */
export async function bringBack(
  store: AccountStore,
  {path, of}: Leftover,
  files: readonly JsonFile[] = store.files,
): Promise<string> {
  const text = await textOf(path);
  const json = asRecord(parseJson(text));
  if (of === 'registry.json') {
    const homes = await homesIn(store.folder.root);
    // Of one that is cut or garbled nobody knows whom it named at its end.
    const names =
      json === null ? namedFirst(text, homes) : namesIn(json).filter((name) => homes.includes(name));
    await store.takeUp(names, chosenIn(text));
  }
  if (json !== null)
    await files
      .find((file) => basename(file.path) === of)
      ?.bringBack(of === 'registry.json' ? withoutAccounts(json) : json);
  return keep(path);
}

/** Whether a file that cannot be read can be begun anew without losing anything that nobody could tell any more. */
export function isMendable({kind, path, damaged}: FileState, {folder}: AccountStore): boolean {
  return kind === 'damaged' && (damaged !== 'refuse' || path === folder.registryFile);
}

/**
 * Writes a file anew that cannot be read: the registry with the homes that are there, another with its defaults. The old
 * one is kept.
 *
 * @returns where it is kept; null when it can be read by now.
 */
export async function beginAnew(store: AccountStore, file: FileState): Promise<string | null> {
  const {files} = store;
  const isRegistry = file.path === store.folder.registryFile;
  const taken = await withLock(store.folder.lockFile, async () => {
    const now = await files.find(({path}) => path === file.path)?.state();
    if (now?.kind !== 'damaged') return null;
    const text = isRegistry ? await textOf(file.path) : '';
    return {text, kept: await keep(file.path)};
  });
  if (taken === null) return null;
  if (isRegistry)
    await store.takeUp(namedFirst(taken.text, await homesIn(store.folder.root)), chosenIn(taken.text));
  return taken.kept;
}

/** The accounts whose homes are in a data folder, registered or not. */
export async function homesIn(root: string): Promise<string[]> {
  const names = (await lstatIfThere(root)) === null ? [] : await readdir(root);
  const homes = await Promise.all(
    names.filter(isAccountName).map(async (name) => {
      const home = join(root, name);
      const [login, config] = await Promise.all([authFilePath(home), configFilePath(home)].map(lstatIfThere));
      return login !== null || config !== null ? [name] : [];
    }),
  );
  return homes.flat().sort();
}

/**
 * The homes that a registry has lost: it is gone, or has parts that are not understood. Where it is whole, a home that it
 * does not name is one that somebody wanted to keep without its account.
 */
export async function lostHomes(store: AccountStore, states: readonly FileState[]): Promise<string[]> {
  const {folder} = store;
  const registry = states.find(({path}) => path === folder.registryFile);
  const isGone = (await lstatIfThere(folder.registryFile)) === null;
  if (registry?.kind !== 'ok' || (!isGone && registry.setAside.length === 0)) return [];
  const {accounts} = await store.registry();
  return (await homesIn(folder.root)).filter((name) => !accounts.includes(name));
}

/** What is left of a file as text; nothing of what is no file, or larger than any of ours. */
async function textOf(path: string): Promise<string> {
  try {
    const found = await statIfThere(path);
    if (!found?.isFile() || found.size > MOST_BYTES) return '';
    return (await readTextIfThere(path)) ?? '';
  } catch {
    return '';
  }
}

/** Accounts are taken up by their homes; one whose home is gone has been removed since. */
function withoutAccounts(registry: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(registry).filter(([key]) => !['accounts', 'default_account'].includes(key)),
  );
}

async function keep(path: string): Promise<string> {
  const kept = path.replace(/(\.corrupt-\d+)?$/, `.kept-${Date.now()}`);
  await rename(path, kept);
  return kept;
}

/** Homes in the order in which a text that is no JSON names them, then the others. */
function namedFirst(text: string, homes: readonly string[]): string[] {
  const named = [...text.matchAll(/"([A-Za-z0-9_-]+)"/g)].map(([, name]) => name ?? '');
  const accounts = named.slice(named.indexOf('accounts') + 1);
  return [...new Set([...accounts.filter((name) => homes.includes(name)), ...homes])];
}

function chosenIn(text: string): string | null {
  return /"default_account"\s*:\s*"([A-Za-z0-9_-]+)"/.exec(text)?.[1] ?? null;
}

function namesIn({accounts}: Record<string, unknown>): string[] {
  const elements: unknown[] = Array.isArray(accounts) ? accounts : Object.keys(asRecord(accounts) ?? {});
  return elements
    .map((element) => asRecord(element)?.['name'] ?? element)
    .filter((name): name is string => typeof name === 'string');
}
