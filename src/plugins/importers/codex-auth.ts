import {realpath} from 'node:fs/promises';
import {basename, dirname, join, sep} from 'node:path';

import {defaultHome, ownHome} from '../../codex/home/own-home.js';
import {parseAuth} from '../../codex/login/auth-shape.js';
import {identityKey, identityOf} from '../../codex/login/identity.js';
import {ifThere} from '../../files/absent.js';
import {parseJson} from '../../files/json-values.js';
import type {AccountDraft, Context, ImportProblem, Importer} from '../../contract/index.js';
import {isRegistrySnapshot, readRegistry} from './codex-auth-registry.js';
import {detectByReading, problemText} from './layout-importer.js';
import {localPart, wholeAuth} from './logins.js';
import {EntryProblem, SourceReader, readRegularFile, realPathOf} from './source-reader.js';

type Item = AccountDraft | ImportProblem;

const REGISTRY_FILE = 'registry.json';

/** Names the active snapshot, in the folder or its parent. */
const MARKERS = ['.active', 'active', '.current', 'current', '.selected', 'selected'];

/** Copies and states that the tools keep beside their snapshots. */
const NOT_A_SNAPSHOT = /^(registry\..*|.*\.bak\..*|.*\.bak|.*\.lock)$/;

/**
 * Both tools of this name keep their snapshots in `~/.codex/accounts`: the older one as `<name>.json`, the newer one
 * as `<key>.auth.json` listed in `registry.json`. Each snapshot is a whole `auth.json`.
 */
export const codexAuthImporter: Importer = {
  apiVersion: 1,
  id: 'codex-auth',
  summary: 'the snapshots of codex-auth (~/.codex/accounts)',
  defaultSource: ({homeDir}) => join(defaultHome(homeDir), 'accounts'),
  detect: (context) => detectByReading(codexAuthImporter, context),
  async *read({source, current}, context) {
    const reader = await SourceReader.open(source);
    if (!reader) return;
    const live = await readLive(reader, context);
    const active = current ?? (await activeName(reader, live));
    for await (const item of snapshots(reader)) {
      if (!('auth' in item)) yield item;
      else if (item.active === true || item.name === active) yield withLive({...item, active: true}, live);
      else yield item;
    }
  },
};

async function* snapshots(reader: SourceReader): AsyncGenerator<Item> {
  const files = (await reader.list())
    .filter(({name, isFolder}) => !isFolder && name.endsWith('.json') && !NOT_A_SNAPSHOT.test(name))
    .map(({name}) => name);
  const listed = new Set<string>();
  if (await reader.has(REGISTRY_FILE)) yield* fromRegistry(reader, listed);
  for (const file of files.filter((name) => !listed.has(name))) {
    yield await readSnapshot(reader, file, null);
  }
}

async function* fromRegistry(reader: SourceReader, listed: Set<string>): AsyncGenerator<Item> {
  let records;
  try {
    records = readRegistry(await reader.json(REGISTRY_FILE));
  } catch (error) {
    yield {problem: problemText(error), from: reader.path(REGISTRY_FILE)};
    return;
  }
  for (const {fileNames, name, active} of records) {
    const file = await firstPresent(reader, fileNames);
    if (file === undefined) {
      yield {problem: `lists "${name}", which has no snapshot`, from: reader.path(REGISTRY_FILE)};
    } else if (!listed.has(file)) {
      listed.add(file);
      const item = await readSnapshot(reader, file, name);
      yield 'auth' in item ? {...item, active} : item;
    }
  }
}

async function firstPresent(reader: SourceReader, files: string[]): Promise<string | undefined> {
  for (const file of files) if (await reader.has(file)) return file;
  return undefined;
}

async function readSnapshot(reader: SourceReader, file: string, name: string | null): Promise<Item> {
  const from = reader.path(file);
  try {
    const auth = wholeAuth(await reader.json(file));
    return {name: name ?? nameOf(file, auth), auth, from, files: [from]};
  } catch (error) {
    return {problem: problemText(error), from};
  }
}

/** The older layout's file name is the account's name; a snapshot that no registry lists has only its e-mail. */
function nameOf(file: string, auth: Record<string, unknown>): string {
  return isRegistrySnapshot(file)
    ? (localPart(identityOf(auth).email) ?? file.replace(/\.auth\.json$/, ''))
    : file.replace(/\.json$/, '');
}

type Live = {path: string; real: string; auth: Record<string, unknown> | null};

/** The login that Codex uses now: `auth.json` beside the snapshots' folder, where codex-auth puts it. */
async function readLive(reader: SourceReader, context: Context): Promise<Live | null> {
  for (const folder of [dirname(reader.source), ownHome(context.homeDir)]) {
    const path = join(folder, 'auth.json');
    try {
      const real = await ifThere(() => realpath(path));
      if (real === null) continue;
      // A link that leads elsewhere still names the active snapshot, but its content is not read.
      const inside = real.startsWith((await realpath(folder)) + sep);
      return {path, real, auth: inside ? loginIn(await readRegularFile(real)) : null};
    } catch (error) {
      context.warn(`${path} ${problemText(error)}: whether it is newer than its snapshot is not known.`);
    }
  }
  return null;
}

/** What is no login is none that is newer than its snapshot. */
function loginIn(text: string): Record<string, unknown> | null {
  try {
    return wholeAuth(parseJson(text));
  } catch {
    return null;
  }
}

/** The active snapshot by a marker file, or by where the live login links to. */
async function activeName(reader: SourceReader, live: Live | null): Promise<string | undefined> {
  for (const folder of [[], ['..']]) {
    for (const marker of MARKERS) {
      const text = await readMarker(reader, [...folder, marker]);
      if (text !== null) return text;
    }
  }
  if (live === null || live.real === live.path) return undefined;
  const name = basename(live.real, '.json');
  return (await reader.has(`${name}.json`)) ? name : undefined;
}

async function readMarker(reader: SourceReader, parts: string[]): Promise<string | null> {
  try {
    // The parent's marker is the one thing beside the source that is looked at, so it must be a plain file.
    const text = parts[0] === '..' ? await plainFile(reader.path(...parts)) : await reader.text(...parts);
    return basename(text.trim()).replace(/\.json$/, '') || null;
  } catch (error) {
    // A marker that cannot be read marks nothing; the login that Codex uses is the next one asked.
    if (error instanceof EntryProblem) return null;
    throw error;
  }
}

async function plainFile(path: string): Promise<string> {
  const real = await realPathOf(path);
  if (basename(real) !== basename(path)) throw new EntryProblem('does not exist');
  return readRegularFile(real);
}

/** Codex refreshes the live login, not the snapshot: of one account, the live one is the newer. */
function withLive(draft: AccountDraft, live: Live | null): AccountDraft {
  if (live?.auth == null) return draft;
  const same = sameLogin(live.auth, draft.auth);
  return same ? {...draft, auth: live.auth, files: [...(draft.files ?? []), live.path]} : draft;
}

function sameLogin(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const [one, other] = [parseAuth(a), parseAuth(b)];
  const key = one && identityKey(identityOf(one));
  return typeof key === 'string' && other !== null && key === identityKey(identityOf(other));
}
