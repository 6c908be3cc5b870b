import {rename, stat} from 'node:fs/promises';

import type {ZodType} from 'zod';

import {CaoError, hasErrorCode, isFileProblem, reasonOf} from '../../errors/index.js';
import {cannotRead, ifThere, readTextIfThere} from '../absent.js';
import {removeAbandonedWrites, writePrivateFile} from '../atomic-write.js';
import {asNumeric, asRecord, parseJson} from '../json-values.js';
import {type SetAside, type Understood, pathText, putBack, readLeniently} from './lenient.js';
import {withLock} from '../lock.js';
import {caoLine} from '../text/shell-words.js';

/** The version of our files. One without a `version` has this one. */
const OUR_VERSION = 1;

/** No file of ours comes near it; one that does would only fill the memory. */
export const MOST_BYTES = 64 * 1024 * 1024;

/**
 * What a file means that cannot be read at all:
 * - `refuse`: nobody goes on without what is in it; reading and writing throw.
 * - `defaults`: it is read as empty until it is mended, and not written.
 * - `restart`: what is in it is learned again; it is moved aside, and begun anew.
 */
export type Damaged = 'refuse' | 'defaults' | 'restart';

export type JsonDocumentOptions<T> = {
  path: string;
  /** Loose objects, so that keys this version does not know survive a rewrite. */
  schema: ZodType<T>;
  /** What a missing file means. */
  empty: () => T;
  /** The lock under which every process writes this file. */
  lockPath: string;
  damaged: Damaged;
  /** The key that the file is there for: where that is not understood as a whole, nothing of the file can be read. */
  essential?: keyof T & string;
  /** Told, in one sentence, of what cannot be read in the file, and what became of it. */
  onProblem: (problem: string) => void;
  /** What of a file of a newer version can be read with our schema; as it stands unless given. */
  fromNewer?: (json: Record<string, unknown>) => Record<string, unknown>;
};

/** How a file stands, for whoever looks whether something is wrong. */
export type FileState = {
  path: string;
  /** `damaged`: nothing of it can be read. `refused`: the system does not let it be read, for now perhaps. */
  kind: 'ok' | 'newer' | 'damaged' | 'refused';
  damaged: Damaged;
  /** Why nothing of it can be read. */
  reason: string | null;
  /** The parts of it that are not understood: where they are, and why not. */
  setAside: string[];
};

/** A {@link JsonDocument} whatever is in it. */
export type JsonFile = Pick<JsonDocument<unknown>, 'path' | 'state' | 'bringBack'>;

/** What a look at a file gives. */
type Found<T> =
  | (Understood<T> & {kind: 'ok'})
  | {kind: 'newer'; value: T; version: number}
  | {kind: 'damaged'; reason: string};

/**
 * A JSON file that several processes read at any time and rewrite under one lock. Parts that its schema does not know
 * are told of, passed over, and stay where they are when it is written. A file of a newer version is read as far as it
 * can be, and never written.
 */
export class JsonDocument<T> {
  constructor(private readonly options: JsonDocumentOptions<T>) {}

  /**
   * The content now.
   *
   * @param strict throws for a file that would be read as empty because it cannot be read; it stays where it is.
   * @throws CaoError `unreadable_file` when it cannot be read and is not to be read as empty ({@link Damaged}).
   */
  async read({strict = false}: {strict?: boolean} = {}): Promise<T> {
    const found = await this.look();
    if (found.kind === 'damaged') {
      if (strict) throw this.damagedError(found.reason);
      if (this.options.damaged === 'restart')
        return withLock(this.options.lockPath, () => this.readUnlocked());
    }
    return this.valueOf(found);
  }

  /**
   * Reads, lets `change` make a new value, and writes it when it differs. Runs under the lock.
   *
   * @returns what the file holds afterwards.
   * @throws CaoError `newer_file` for a file of a newer version, `unreadable_file` for one that cannot be read, unless it
   *   is begun anew then.
   */
  async update(change: (current: T) => T | Promise<T>): Promise<T> {
    return withLock(this.options.lockPath, () => this.updateUnlocked(change));
  }

  /** {@link update} for a caller that already holds the lock (one change over several files). */
  async updateUnlocked(change: (current: T) => T | Promise<T>): Promise<T> {
    const found = await this.lookUnlocked();
    if (found.kind === 'newer') throw this.newerError(found.version);
    if (found.kind === 'damaged') throw this.damagedError(found.reason);
    const {value: current, setAside} = found;
    // Before `change`, which may alter what it is given.
    const asRead = serialize(current);
    const next = await change(current);
    await removeAbandonedWrites(this.options.path);
    if (serialize(next) !== asRead) await this.write(JSON.parse(asRead), next, setAside);
    return next;
  }

  get path(): string {
    return this.options.path;
  }

  /** How the file stands. Changes nothing, and throws for nothing that is in its place. */
  async state(): Promise<FileState> {
    const {path, damaged} = this.options;
    try {
      const found = await this.look();
      const reason = found.kind === 'damaged' ? found.reason : null;
      const setAside = found.kind === 'ok' ? found.setAside : [];
      const parts = setAside.map((part) => `${pathText(part.path)} (${part.reason})`);
      return {path, kind: found.kind, damaged, reason, setAside: parts};
    } catch (error) {
      const cause = error instanceof CaoError ? error.cause : error;
      const kind = hasErrorCode(cause, 'ELOOP') || !isFileProblem(cause) ? 'damaged' : 'refused';
      return {path, kind, damaged, reason: reasonOf(cause), setAside: []};
    }
  }

  /**
   * Adds what another state of the file has and this one has not: keys, entries of records, elements of lists. What is
   * there stays; parts that are not understood come along as they are.
   */
  async bringBack(former: Record<string, unknown>): Promise<void> {
    const {lockPath, fromNewer = asItStands} = this.options;
    const rest = isNewer(former) ? fromNewer(former) : former;
    await withLock(lockPath, async () => {
      const found = await this.lookUnlocked();
      if (found.kind === 'newer') throw this.newerError(found.version);
      if (found.kind === 'damaged') throw this.damagedError(found.reason);
      const now = asRecord(parseJson((await readTextIfThere(this.path)) ?? '')) ?? {};
      await writePrivateFile(this.path, serialize(withMissing(now, withoutVersion(rest))));
    });
  }

  /** {@link read} for a caller that already holds the lock. */
  async readUnlocked(): Promise<T> {
    return this.valueOf(await this.lookUnlocked());
  }

  private async write(before: unknown, next: T, setAside: readonly SetAside[]): Promise<void> {
    const {path, onProblem} = this.options;
    const {json, displaced} = putBack(before, next, setAside);
    const [first] = displaced;
    if (first !== undefined) {
      const copy = asideOf(path);
      await writePrivateFile(copy, (await readTextIfThere(path)) ?? '');
      onProblem(
        `${path}: what stood at ${pathText(first.path)} has been replaced; the file as it was is kept in ${copy}.`,
      );
    }
    await writePrivateFile(path, serialize(json));
  }

  private async lookUnlocked(): Promise<Found<T>> {
    const found = await this.look();
    if (found.kind !== 'damaged' || this.options.damaged !== 'restart') return found;
    const {path, onProblem, empty} = this.options;
    const aside = asideOf(path);
    await rename(path, aside);
    onProblem(
      `${path} could not be read (${found.reason}); it was moved to ${aside}. What can be read of it is brought back by: ${caoLine('doctor', '--fix')}`,
    );
    return {kind: 'ok', value: empty(), setAside: []};
  }

  /** What is found as a value, with a word about what could not be read. */
  private valueOf(found: Found<T>): T {
    const {path, onProblem, empty, damaged} = this.options;
    if (found.kind === 'ok') {
      const [first, ...others] = found.setAside;
      if (first !== undefined) onProblem(setAsideText(path, first, others.length));
      return found.value;
    }
    if (found.kind === 'newer') {
      onProblem(`${newerText(path, found.version)}; it is read as far as this one understands it.`);
      return found.value;
    }
    if (damaged === 'refuse') throw this.damagedError(found.reason);
    onProblem(`${path} cannot be read (${found.reason}); its defaults are used until it is mended.`);
    return empty();
  }

  private async look(): Promise<Found<T>> {
    const {schema, empty, essential, fromNewer = asItStands} = this.options;
    const text = await this.text();
    if (text === null) return {kind: 'ok', value: empty(), setAside: []};
    if (typeof text !== 'string') return {kind: 'damaged', reason: text.reason};
    const json = parseJson(text);
    if (json === undefined)
      return {kind: 'damaged', reason: text.trim() === '' ? 'it is empty, so not JSON' : 'not JSON'};
    const record = asRecord(json);
    const version = versionOf(json);
    if (record !== null && version > OUR_VERSION) {
      const read = readLeniently(schema, fromNewer(record));
      return 'reason' in read
        ? {kind: 'newer', value: empty(), version}
        : {kind: 'newer', value: read.value, version};
    }
    const read = readLeniently(schema, json);
    if ('reason' in read) return {kind: 'damaged', reason: read.reason};
    const lost = read.setAside.find(({path}) => path.length === 1 && path[0] === essential);
    return lost === undefined
      ? {kind: 'ok', ...read}
      : {kind: 'damaged', reason: `${pathText(lost.path)}: ${lost.reason}`};
  }

  /** @throws CaoError `unreadable_file` for what the system does not let us read, or what is no file. */
  private async text(): Promise<string | null | {reason: string}> {
    const {path} = this.options;
    try {
      const found = await ifThere(() => stat(path));
      if (found === null) return null;
      // A pipe would be waited for without end.
      if (!found.isFile()) throw new Error(found.isDirectory() ? 'it is a folder' : 'it is no file');
      if (found.size > MOST_BYTES)
        return {reason: `${Math.round(found.size / 1024 / 1024)} MB are more than it can hold`};
      return await readTextIfThere(path);
    } catch (error) {
      throw cannotRead(path, error);
    }
  }

  private damagedError(reason: string): CaoError {
    const {path} = this.options;
    return new CaoError(`${path} cannot be read (${reason}).`, {
      code: 'unreadable_file',
      suggestions: [
        `Mend it in an editor; it is left as it is: ${path}`,
        `Or have it set aside, and brought back what can be: ${caoLine('doctor', '--fix')}`,
      ],
    });
  }

  private newerError(version: number): CaoError {
    return new CaoError(`${newerText(this.options.path, version)}; this one does not change it.`, {
      code: 'newer_file',
      suggestions: [
        'Update cao: npm install -g codex-account-orchestrator@latest',
        'Or work in a data folder of its own: --data-dir PATH',
      ],
    });
  }
}

/** Whether JSON is that of a file of a newer version of ours. */
export function isNewer(json: unknown): boolean {
  return versionOf(json) > OUR_VERSION;
}

function versionOf(json: unknown): number {
  return asNumeric(asRecord(json)?.['version']) ?? OUR_VERSION;
}

/** Where a file goes that cannot be read, and a copy of one of which a part is replaced. */
function asideOf(path: string, nowMs = Date.now()): string {
  return `${path}.corrupt-${nowMs}`;
}

function asItStands(json: Record<string, unknown>): Record<string, unknown> {
  return json;
}

/** What is brought into a file of ours does not make it one of another version. */
function withoutVersion(json: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(json).filter(([key]) => key !== 'version'));
}

/** `now` with what `former` has beside it, down to the entries of its records and lists: these are whole. */
function withMissing(now: Record<string, unknown>, former: Record<string, unknown>): Record<string, unknown> {
  const keys = [...new Set([...Object.keys(now), ...Object.keys(former)])];
  return Object.fromEntries(keys.map((key) => [key, joined(own(now, key), own(former, key))]));
}

function joined(now: unknown, former: unknown): unknown {
  if (now === undefined || now === null) return former ?? now;
  if (Array.isArray(now) && Array.isArray(former)) {
    const there = new Set(now.map((element) => JSON.stringify(element)));
    return [
      ...(now as unknown[]),
      ...(former as unknown[]).filter((element) => !there.has(JSON.stringify(element))),
    ];
  }
  const [entries, others] = [asRecord(now), asRecord(former)];
  return entries === null || others === null ? now : {...others, ...entries};
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function newerText(path: string, version: number): string {
  return `${path} was written by a newer cao (version ${version} of the file)`;
}

function setAsideText(path: string, {path: part, reason}: SetAside, others: number): string {
  const more = others === 0 ? '' : `, and ${others} more`;
  return `${path}: ${pathText(part)} is not understood (${reason})${more}; it is passed over and left as it is.`;
}

function serialize(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
