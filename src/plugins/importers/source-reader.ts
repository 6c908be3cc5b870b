import {readdir, realpath, stat} from 'node:fs/promises';
import {basename, dirname, join, sep} from 'node:path';

import {MOST_LOGIN_BYTES} from '../../codex/login/auth-file.js';
import {hasErrorCode} from '../../errors/index.js';
import {ifThere} from '../../files/absent.js';
import {parseJson} from '../../files/json-values.js';
import {readRegular} from '../../files/regular-file.js';
import {decodeText} from '../../files/text/text.js';

/** Why one entry of a source cannot be read, in words that quote nothing of its content. */
export class EntryProblem extends Error {}

/** Reads files of one source: regular ones of a sane size that really lie inside it, wherever links point. */
export class SourceReader {
  private constructor(
    /** The source as it was named, for messages. */
    readonly source: string,
    /** Nothing outside this real path is read. */
    private readonly root: string,
    /** Set where the source is one file. */
    readonly onlyFile: string | null,
  ) {}

  /** @returns null when there is nothing at `source`. */
  static async open(source: string): Promise<SourceReader | null> {
    const root = await ifThere(() => realpath(source));
    if (root === null) return null;
    const isFolder = (await stat(root)).isDirectory();
    return new SourceReader(isFolder ? source : dirname(source), root, isFolder ? null : basename(source));
  }

  path(...parts: string[]): string {
    return join(this.source, ...parts);
  }

  /** The entries of the source's folder, or of one below it, in the order of their names. */
  async list(): Promise<{name: string; isFolder: boolean; isFile: boolean; isLink: boolean}[]> {
    if (this.onlyFile !== null) {
      return [{name: this.onlyFile, isFolder: false, isFile: true, isLink: false}];
    }
    const entries = await readdir(this.root, {withFileTypes: true});
    return entries
      .map((entry) => ({
        name: entry.name,
        isFolder: entry.isDirectory(),
        isFile: entry.isFile(),
        isLink: entry.isSymbolicLink(),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Whether there is anything in a place, readable or not. */
  async has(...parts: string[]): Promise<boolean> {
    try {
      return (await ifThere(() => realpath(this.path(...parts)))) !== null;
    } catch {
      // It is there; why it cannot be read is told of it alone, when it is read.
      return true;
    }
  }

  /** @throws EntryProblem */
  async json(...parts: string[]): Promise<unknown> {
    const text = await this.text(...parts);
    const value = parseJson(text);
    if (value === undefined)
      throw new EntryProblem(text.trim() === '' ? 'is empty' : 'is not JSON (cut off?)');
    return value;
  }

  /** @throws EntryProblem */
  async text(...parts: string[]): Promise<string> {
    const path = this.path(...parts);
    const real = await realPathOf(path);
    if (real !== this.root && !real.startsWith(this.root + sep)) {
      throw new EntryProblem('leads out of the source through a link');
    }
    return readRegularFile(real);
  }
}

/** @throws EntryProblem for what is not there or leads to nothing. */
export async function realPathOf(path: string): Promise<string> {
  return found(() => realpath(path));
}

/** @throws EntryProblem for anything but a readable regular file of at most {@link MOST_LOGIN_BYTES}. */
export async function readRegularFile(path: string): Promise<string> {
  const {bytes} = await found(() => readRegular(path, MOST_LOGIN_BYTES));
  return decodeText(bytes);
}

/** @throws EntryProblem that tells what is missing from what may not be read; the system's words name paths. */
async function found<T>(read: () => Promise<T>): Promise<T> {
  const value = await ifThere(read).catch((error: unknown) => {
    if (hasErrorCode(error, 'EFTYPE', 'EISDIR', 'ENXIO')) throw new EntryProblem('is not a regular file');
    throw new EntryProblem(hasErrorCode(error, 'EFBIG') ? 'is larger than 5 MB' : 'cannot be read');
  });
  if (value === null) throw new EntryProblem('does not exist');
  return value;
}
