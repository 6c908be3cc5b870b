import {realpath} from 'node:fs/promises';
import {basename, dirname, join, sep} from 'node:path';

import {ownHome} from '../codex/home/own-home.js';
import {messageOf} from '../errors/index.js';

/**
 * What files of a source are called when they have been renamed, so that the tool they belong to no longer holds logins
 * that `cao` uses.
 *
 * @param source only files inside it may be touched, and the login of Codex itself beside it or in the user's own Codex home.
 * @returns the new paths by the old ones, and why the others stay.
 */
export async function namesAway(
  files: Iterable<string>,
  {source, homeDir, nowMs}: {source: string; homeDir: string; nowMs: number},
): Promise<{names: Map<string, string>; failed: {file: string; reason: string}[]}> {
  const names = new Map<string, string>();
  const failed: {file: string; reason: string}[] = [];
  for (const file of new Set(files)) {
    try {
      if (!(await mayMove(file, source, homeDir))) throw new Error('it is not inside the source');
      names.set(file, `${file}.moved-to-cao-${nowMs}`);
    } catch (error) {
      failed.push({file, reason: messageOf(error)});
    }
  }
  return {names, failed};
}

/** Looked at by its folder: the file itself may be a link, which is what gets renamed then. */
async function mayMove(file: string, source: string, homeDir: string): Promise<boolean> {
  const root = await realpath(source);
  const folder = await realpath(dirname(file));
  const real = join(folder, basename(file));
  if (real === root || real.startsWith(root + sep)) return true;
  if (basename(file) !== 'auth.json') return false;
  // A place that cannot be resolved, for whatever reason, is not the folder that was just resolved.
  const codexHomes = await Promise.all(
    [dirname(source), ownHome(homeDir)].map((path) => realpath(path).catch(() => null)),
  );
  return codexHomes.includes(folder);
}
