import {join} from 'node:path';

import {reasonOf} from '../../errors/index.js';
import {statSyncIfThere} from '../../files/absent.js';
import type {AccountDraft, Context, FoundSource, ImportProblem, Importer} from '../../contract/index.js';
import {EntryProblem, SourceReader} from './source-reader.js';

/** One account of a file, or why an entry of it is none. */
export type LayoutEntry =
  {name: string; auth: Record<string, unknown>; active?: boolean} | {problem: string; entry: string};

/** Where a tool keeps its logins, and how one of its files becomes accounts. */
export type Layout = {
  id: string;
  summary: string;
  /** Folders below the user's home, or made of it; the first that is there is the default source. */
  folders: readonly (string | ((homeDir: string) => string))[];
  files:
    | {kind: 'one'; name: string}
    | {kind: 'matching'; pattern: RegExp}
    /** A file of this name in each folder of the source. */
    | {kind: 'in-folders'; name: string};
  /**
   * @param label what names the file: its folder's name for `in-folders`, else its own without `.json`.
   * @throws EntryProblem when the whole file is of no use.
   */
  accounts(value: unknown, label: string): Iterable<LayoutEntry>;
  /** Why a folder that is there holds none of the files, where that can be told; null where it cannot. */
  whyNone?: (folder: string) => Promise<string | null>;
};

/** The importer of a layout. */
export function layoutImporter(layout: Layout): Importer {
  const {id, summary, files} = layout;
  const importer: Importer = {
    apiVersion: 1,
    id,
    summary,
    defaultSource: ({homeDir}) => presentFolders(homeDir)[0] ?? foldersIn(homeDir)[0] ?? homeDir,
    detect: (context) => detectByReading(importer, context),
    async *read({source}, context) {
      // Where nobody named another, every place that the tool keeps its accounts in is read.
      const byDefault = source === importer.defaultSource(context);
      const present = byDefault ? presentFolders(context.homeDir) : [];
      for (const folder of present.length > 0 ? present : [source]) yield* readFolder(folder);
    },
  };
  const foldersIn = (homeDir: string): string[] =>
    layout.folders.map((folder) => (typeof folder === 'string' ? join(homeDir, folder) : folder(homeDir)));
  const presentFolders = (homeDir: string): string[] =>
    foldersIn(homeDir).filter((folder) => isThere(files.kind === 'one' ? join(folder, files.name) : folder));
  async function* readFolder(folder: string): ReturnType<Importer['read']> {
    const reader = await SourceReader.open(folder);
    if (!reader) return;
    const places = await filesOf(reader, files);
    for (const {parts, label} of places) yield* readFile(reader, parts, label, layout);
    const problem = places.length === 0 ? ((await layout.whyNone?.(folder)) ?? null) : null;
    if (problem !== null) yield {problem, from: folder};
  }
  return importer;
}

/** What is at an importer's default source: it is small enough to be read. */
export async function detectByReading(importer: Importer, context: Context): Promise<FoundSource | null> {
  const source = importer.defaultSource(context);
  let accounts = 0;
  let problems = 0;
  for await (const item of importer.read({source}, context)) {
    if ('auth' in item) accounts += 1;
    else problems += 1;
  }
  return accounts + problems > 0 ? {source, accounts, problems} : null;
}

type FilePlace = {parts: string[]; label: string};

async function filesOf(reader: SourceReader, files: Layout['files']): Promise<FilePlace[]> {
  if (reader.onlyFile !== null) return [{parts: [reader.onlyFile], label: labelOf(reader.onlyFile)}];
  if (files.kind === 'one') {
    return (await reader.has(files.name)) ? [{parts: [files.name], label: labelOf(files.name)}] : [];
  }
  const entries = await reader.list();
  if (files.kind === 'matching') {
    return entries
      .filter(({name, isFolder}) => !isFolder && files.pattern.test(name))
      .map(({name}) => ({parts: [name], label: labelOf(name)}));
  }
  const places: FilePlace[] = [];
  for (const {name, isFolder, isLink} of entries) {
    // A profile without a login is nothing to complain about.
    if ((isFolder || isLink) && (await reader.has(name, files.name))) {
      places.push({parts: [name, files.name], label: name});
    }
  }
  return places;
}

async function* readFile(
  reader: SourceReader,
  parts: string[],
  label: string,
  layout: Layout,
): AsyncGenerator<AccountDraft | ImportProblem> {
  const from = reader.path(...parts);
  try {
    for (const entry of layout.accounts(await reader.json(...parts), label)) {
      if ('problem' in entry) {
        yield {problem: entry.problem, from: `${from} (${entry.entry})`};
      } else {
        yield {...entry, from, files: [from]};
      }
    }
  } catch (error) {
    yield {problem: problemText(error), from};
  }
}

/** What is wrong with an entry, for the user. */
export function problemText(error: unknown): string {
  return error instanceof EntryProblem ? error.message : `cannot be read: ${reasonOf(error)}`;
}

/**
 * Lets one entry of a file fail by itself.
 *
 * @param entry what names it in a message.
 */
export function tryEntry(entry: string, read: () => LayoutEntry): LayoutEntry {
  try {
    return read();
  } catch (error) {
    return {problem: problemText(error), entry};
  }
}

function labelOf(fileName: string): string {
  return fileName.replace(/\.json$/, '');
}

/** What cannot be looked at counts as there: why not is told when it is read. */
function isThere(path: string): boolean {
  try {
    return statSyncIfThere(path) !== null;
  } catch {
    return true;
  }
}
