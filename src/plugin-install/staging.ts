import {constants} from 'node:fs';
import {cp, mkdir, readdir, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';

import {ensureSymlink, move} from 'fs-extra/esm';

import {lstatIfThere} from '../files/absent.js';
import {withLock} from '../files/lock.js';
import {makeFolder} from '../files/private-folder.js';
import {type PluginsFile, readPluginsFile, writePluginsFile} from './installed-list.js';

const PACKAGES = 'node_modules';
const LOCK = '.lock';
const STAGE = '.stage-';
const PREVIOUS = '.previous-node_modules';
/** Copies of packages that were installed from files, so that npm finds them whatever becomes of the originals. */
export const ARCHIVES = 'packages';

/**
 * Changes the plugins folder as a whole or not at all: `work` gets a copy of it, and only when it succeeds the copy
 * takes the folder's place. One change at a time over all processes.
 *
 * @param ownRoot the folder of this package, which plugins find as `codex-account-orchestrator`.
 */
export async function withStagedPlugins<T>(
  pluginsFolder: string,
  ownRoot: string,
  work: (stage: string) => Promise<T>,
): Promise<T> {
  return withLock(
    join(pluginsFolder, LOCK),
    async () => {
      await recover(pluginsFolder);
      const stage = join(pluginsFolder, `${STAGE}${process.pid}`);
      try {
        await copyTo(pluginsFolder, stage);
        const result = await work(stage);
        await linkOwnPackage(stage, ownRoot);
        await replace(pluginsFolder, stage);
        return result;
      } finally {
        await rm(stage, {recursive: true, force: true});
      }
    },
    {timeoutMs: 5 * 60_000},
  );
}

/** Changes only the list of plugins. */
export async function updatePluginsFile(
  pluginsFolder: string,
  change: (file: PluginsFile) => PluginsFile,
): Promise<void> {
  await withLock(join(pluginsFolder, LOCK), async () => {
    await writePluginsFile(pluginsFolder, change(await readPluginsFile(pluginsFolder)));
  });
}

/**
 * Clears up after a process that was killed: its copy, and, between the two renames of {@link replace}, the packages
 * under their other name.
 */
async function recover(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(STAGE));
  await Promise.all(left.map((name) => rm(join(folder, name), {recursive: true, force: true})));
  if (!(await isThere(join(folder, PREVIOUS)))) return;
  if (await isThere(join(folder, PACKAGES))) await rm(join(folder, PREVIOUS), {recursive: true, force: true});
  else await rename(join(folder, PREVIOUS), join(folder, PACKAGES));
}

async function copyTo(folder: string, stage: string): Promise<void> {
  await rm(stage, {recursive: true, force: true});
  await makeFolder(join(stage, PACKAGES));
  await mkdir(join(stage, ARCHIVES));
  for (const part of [PACKAGES, ARCHIVES, 'package-lock.json']) {
    if (!(await isThere(join(folder, part)))) continue;
    await cp(join(folder, part), join(stage, part), {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    });
  }
  // npm would take it for something that nobody asked for.
  await rm(join(stage, PACKAGES, OWN_NAME), {recursive: true, force: true});
  await writePluginsFile(stage, await readPluginsFile(folder));
}

/** The list of plugins comes last: until it is there, the old one describes what is in place. */
async function replace(folder: string, stage: string): Promise<void> {
  if (await isThere(join(folder, PACKAGES))) await rename(join(folder, PACKAGES), join(folder, PREVIOUS));
  await rename(join(stage, PACKAGES), join(folder, PACKAGES));
  await move(join(stage, ARCHIVES), join(folder, ARCHIVES), {overwrite: true});
  for (const file of ['package-lock.json', 'package.json']) {
    if (await isThere(join(stage, file))) await rename(join(stage, file), join(folder, file));
  }
  await rm(join(folder, PREVIOUS), {recursive: true, force: true});
}

const OWN_NAME = 'codex-account-orchestrator';

/** Lets installed plugins import `codex-account-orchestrator/plugin` from this very installation. */
async function linkOwnPackage(folder: string, ownRoot: string): Promise<void> {
  const link = join(folder, PACKAGES, OWN_NAME);
  // A plugin may have had npm put a copy of its own there.
  if (!(await isThere(link))) await ensureSymlink(ownRoot, link, 'junction');
}

async function isThere(path: string): Promise<boolean> {
  return (await lstatIfThere(path)) !== null;
}
