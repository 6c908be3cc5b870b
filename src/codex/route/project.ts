import {realpath} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';

import {readTextIfThere, statIfThere} from '../../files/absent.js';
import {asRecord} from '../../files/json-values.js';
import {projectConfigFile} from '../home/own-home.js';
import {type CodexCommandLine, optionValue} from '../process/arguments.js';
import {type Layer, readableLayers, settingIn, settingsIn} from './layers.js';

/** What makes a folder the root of a project, unless `project_root_markers` says otherwise. */
const ROOT_MARKERS: readonly unknown[] = ['.git'];

/**
 * The files of the project that a Codex is started in, where it may go by them: from its folder up to the root of the
 * project, the nearest first. It goes by that of a folder which the user trusts, or whose project or repository.
 *
 * @param layers all others: they say what is trusted, and what a root is.
 * @param cwd where Codex is started; `--cd` leads elsewhere.
 */
export async function projectLayers(
  home: string,
  line: CodexCommandLine,
  layers: readonly Layer[],
  cwd: string,
): Promise<Layer[]> {
  const {folders, root} = await projectOf(line, layers, cwd);
  const files = await readableLayers(
    folders
      .map(projectConfigFile)
      .filter((path) => dirname(path) !== home)
      .map((path) => ({path, of: 'project' as const})),
  );
  if (files.length === 0) return [];
  const said = await settingsIn(line, layers, 'projects');
  const trust = said.map(({value}) => asRecord(value)).filter((projects) => projects !== null);
  const repository = await repositoryOf(folders[0] ?? root);
  const trusted: Layer[] = [];
  for (const file of files) {
    const asked = [dirname(dirname(file.path)), root, ...(repository === null ? [] : [repository])];
    if ((await trustOf(asked, trust)) === 'trusted') trusted.push(file);
  }
  return trusted;
}

/** Those files whether they are trusted or not. */
export async function possibleProjectLayers(
  line: CodexCommandLine,
  layers: readonly Layer[],
  cwd: string,
): Promise<Layer[]> {
  const {folders} = await projectOf(line, layers, cwd);
  return readableLayers(folders.map((folder) => ({path: projectConfigFile(folder), of: 'project'})));
}

/** The folders from the one that Codex works in up to the root of its project; that one alone where there is no root. */
async function projectOf(
  line: CodexCommandLine,
  layers: readonly Layer[],
  cwd: string,
): Promise<{folders: string[]; root: string}> {
  const folder = resolve(cwd, optionValue(line, '--cd') ?? '.');
  const set = (await settingIn(line, layers, 'project_root_markers'))?.value;
  const markers = (Array.isArray(set) ? (set as unknown[]) : ROOT_MARKERS).map(String);
  const folders: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    folders.push(at);
    if (await hasOneOf(at, markers)) return {folders, root: at};
    if (dirname(at) === at) return {folders: [folder], root: folder};
  }
}

async function hasOneOf(folder: string, names: readonly string[]): Promise<boolean> {
  for (const name of names) if ((await statIfThere(join(folder, name))) !== null) return true;
  return false;
}

/** The repository that a folder is of: for one of its worktrees the one that they all belong to. */
async function repositoryOf(folder: string): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    const git = join(at, '.git');
    const found = await statIfThere(git);
    if (found?.isDirectory()) return at;
    if (found !== null) {
      const [, named] = /^gitdir:\s*(.*?)\s*$/m.exec((await readTextIfThere(git)) ?? '') ?? [];
      const worktrees = dirname(resolve(at, named ?? ''));
      return named !== undefined && basename(worktrees) === 'worktrees' ? dirname(dirname(worktrees)) : at;
    }
    if (dirname(at) === at) return null;
  }
}

/** What is said of the first of these folders of which something is, by the path as it is given or as it is. */
async function trustOf(
  folders: readonly string[],
  trust: readonly Record<string, unknown>[],
): Promise<unknown> {
  for (const folder of folders) {
    for (const name of new Set([folder, await realpath(folder).catch(() => folder)])) {
      const said = trust.map((projects) => asRecord(projects[name])?.['trust_level']);
      const level = said.find((one) => one !== undefined);
      if (level !== undefined) return level;
    }
  }
  return undefined;
}
