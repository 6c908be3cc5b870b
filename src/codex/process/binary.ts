import {delimiter, isAbsolute, join, resolve} from 'node:path';

import which from 'which';

import {CaoError} from '../../errors/index.js';

/** What a program's name ends in on Windows, the native one first. */
const ENDINGS = ['.exe', '.cmd'].join(delimiter);

const INSTALL_HINT = 'Install it: npm install -g @openai/codex';

/**
 * Finds the Codex CLI: `choice` (a path, or a name looked up on PATH), else `codex` on PATH.
 *
 * @throws CaoError `codex_not_found` (exit 127) saying how to install it.
 */
export async function findCodex(
  choice: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const wanted = choice ?? 'codex';
  const found = /[\\/]/.test(wanted)
    ? await firstExecutable([resolve(wanted)])
    : await searchPath(wanted, env);
  if (found !== null) return found;
  throw new CaoError(
    choice === undefined
      ? 'The Codex CLI ("codex") is not on your PATH.'
      : `There is no Codex CLI at ${choice}.`,
    {
      code: 'codex_not_found',
      suggestions: [INSTALL_HINT, 'Or say where it is: --codex PATH'],
    },
  );
}

/** Whether only the shell can start a program: on Windows a `.cmd` shim, as npm makes it. */
export function needsShell(binary: string): boolean {
  return process.platform === 'win32' && /\.(?:cmd|bat)$/i.test(binary);
}

/** Relative entries are left out: what they lead to depends on the folder that one happens to be in. */
async function searchPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return firstExecutable(folders.map((folder) => join(folder, name)));
}

/**
 * Asks for whole paths, since for a bare name `which` looks into the current folder first on Windows. There only
 * what can be started counts: not the script for a Unix shell that npm lays beside `codex.cmd`.
 */
async function firstExecutable(candidates: string[]): Promise<string | null> {
  for (const candidate of candidates) {
    const found = await which(candidate, {nothrow: true, pathExt: ENDINGS});
    if (found !== null) return found;
  }
  return null;
}
