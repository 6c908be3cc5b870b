import {rename} from 'node:fs/promises';

import type {ZodType} from 'zod';

import {cannotRead, readTextIfThere} from './absent.js';
import {removeAbandonedWrites, writePrivateFile} from './atomic-write.js';
import {parseJson} from './json-values.js';
import {withLock} from './lock.js';

export type JsonDocumentOptions<T> = {
  path: string;
  /** Loose objects, so that keys this version does not know survive a rewrite. */
  schema: ZodType<T>;
  /** What a missing file means. */
  empty: () => T;
  /** The lock under which every process writes this file. */
  lockPath: string;
  /** Told, in one sentence, about a corrupt file that was moved aside. */
  onProblem: (problem: string) => void;
};

/** A JSON file that several processes read at any time and rewrite under one lock. */
export class JsonDocument<T> {
  constructor(private readonly options: JsonDocumentOptions<T>) {}

  /** The content now. A corrupt file is moved aside to `<file>.corrupt-<ms>`, reported, and read as empty. */
  async read(): Promise<T> {
    const found = await this.parse();
    if (found.kind === 'ok') return found.value;
    return withLock(this.options.lockPath, () => this.readUnlocked());
  }

  /**
   * Reads, lets `change` make a new value, and writes it when it differs. Runs under the lock.
   *
   * @returns what the file holds afterwards.
   */
  async update(change: (current: T) => T | Promise<T>): Promise<T> {
    return withLock(this.options.lockPath, () => this.updateUnlocked(change));
  }

  /** {@link update} for a caller that already holds the lock (one change over several files). */
  async updateUnlocked(change: (current: T) => T | Promise<T>): Promise<T> {
    const current = await this.readUnlocked();
    const before = serialize(current);
    const next = await change(current);
    const after = serialize(next);
    await removeAbandonedWrites(this.options.path);
    if (after !== before) await writePrivateFile(this.options.path, after);
    return next;
  }

  /** {@link read} for a caller that already holds the lock. */
  async readUnlocked(): Promise<T> {
    const found = await this.parse();
    if (found.kind === 'ok') return found.value;
    const aside = `${this.options.path}.corrupt-${Date.now()}`;
    await rename(this.options.path, aside);
    this.options.onProblem(
      `${this.options.path} could not be read (${found.reason}); it was moved to ${aside}.`,
    );
    return this.options.empty();
  }

  private async parse(): Promise<{kind: 'ok'; value: T} | {kind: 'corrupt'; reason: string}> {
    let text: string | null;
    try {
      text = await readTextIfThere(this.options.path);
    } catch (error) {
      throw cannotRead(this.options.path, error);
    }
    if (text === null) return {kind: 'ok', value: this.options.empty()};
    const json = parseJson(text);
    if (json === undefined) return {kind: 'corrupt', reason: 'not JSON'};
    const checked = this.options.schema.safeParse(json);
    if (checked.success) return {kind: 'ok', value: checked.data};
    const issue = checked.error.issues[0];
    return {
      kind: 'corrupt',
      reason: issue ? `${issue.path.join('.') || 'top level'}: ${issue.message}` : 'wrong shape',
    };
  }
}

function serialize(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
