import {homedir} from 'node:os';
import {join, resolve} from 'node:path';

import {variable} from './environment.js';

const FOLDER = '.codex';

/** Where Codex keeps everything unless `CODEX_HOME` says otherwise, and where tools beside it look: `~/.codex`. */
export function defaultHome(homeDir: string = homedir()): string {
  return join(homeDir, FOLDER);
}

/** The user's own Codex home, which plain `codex` uses: `CODEX_HOME`, else `~/.codex`. */
export function ownHome(homeDir: string = homedir(), env: NodeJS.ProcessEnv = process.env): string {
  return resolve(variable(env, 'CODEX_HOME') ?? defaultHome(homeDir));
}

/** Where a project's own settings for Codex are, in one of its folders. */
export function projectConfigFile(folder: string): string {
  return join(folder, FOLDER, 'config.toml');
}
