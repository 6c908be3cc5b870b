import {join} from 'node:path';

import {variable} from './environment.js';

/** The files in which whoever manages a machine has settings for every Codex there. */
export type MachineFiles = {
  /** What stands over everything, arguments included. */
  managed: string;
  /** What stands beneath everything. */
  system: string;
};

const UNIX_FOLDER = '/etc/codex';

/**
 * Where Codex looks for them: measured on Linux, read from its source for Windows, where the managed ones lie in the home.
 * `requirements.toml` beside them is none of these: it only limits, and ends no login.
 */
export function machineFiles(
  home: string,
  {platform = process.platform, env = process.env}: {platform?: string; env?: NodeJS.ProcessEnv} = {},
): MachineFiles {
  if (platform !== 'win32')
    return {managed: join(UNIX_FOLDER, 'managed_config.toml'), system: join(UNIX_FOLDER, 'config.toml')};
  const programs = variable(env, 'ProgramData') ?? 'C:\\ProgramData';
  return {
    managed: join(home, 'managed_config.toml'),
    system: join(programs, 'OpenAI', 'Codex', 'config.toml'),
  };
}
