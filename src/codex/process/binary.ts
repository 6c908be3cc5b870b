import {constants} from 'node:fs';
import {access, stat} from 'node:fs/promises';
import {delimiter, isAbsolute, join, resolve} from 'node:path';

import {CaoError} from '../../errors/index.js';

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

async function searchPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return firstExecutable(folders.map((folder) => join(folder, name)));
}

async function firstExecutable(candidates: string[]): Promise<string | null> {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const candidate of candidates.flatMap((path) => endings.map((ending) => path + ending))) {
    try {
      await access(candidate, constants.X_OK);
      if ((await stat(candidate)).isFile()) return candidate;
    } catch {
      // Not this one.
    }
  }
  return null;
}
