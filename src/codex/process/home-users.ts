import {execFile} from 'node:child_process';
import {readFile, readdir, readlink, realpath} from 'node:fs/promises';
import {promisify} from 'node:util';

import {ownHome} from '../home/own-home.js';

const LONGEST_LOOK_MS = 3000;

/** How the names of its programs begin, the native ones that packages and editors bring along too. */
const PROGRAM = 'codex';

/**
 * The Codex processes at work in a home: they have files of it open, its databases first of all, or are told to work there and
 * will have in a moment (Linux). By the operating system's own account, as far as this user may see: /proc on Linux, lsof on
 * macOS; nobody where neither is there (Windows).
 *
 * @param isLeftOut by a process's environment, where that can be seen (Linux): it does not count.
 */
export async function codexesIn(
  home: string,
  isLeftOut: (environment: string) => boolean,
): Promise<number[]> {
  const folder = await realpath(home).catch(() => null);
  if (folder === null) return [];
  if (process.platform === 'linux') return usersByProc(`${folder}/`, isLeftOut);
  return process.platform === 'darwin' ? usersByLsof(`${folder}/`) : [];
}

/** Processes come and go, and some are others': what cannot be read is no user of ours. */
async function usersByProc(folder: string, isLeftOut: (environment: string) => boolean): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const users = await Promise.all(
    pids.map(async (pid) => {
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
      if (!name.startsWith(PROGRAM)) return null;
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (isLeftOut(environment)) return null;
      const isThere = (await isTold(environment, folder)) || (await hasOpen(pid, folder));
      return isThere ? Number(pid) : null;
    }),
  );
  return users.filter((pid) => pid !== null);
}

/** Whether a process's environment has Codex work in a home. */
async function isTold(environment: string, folder: string): Promise<boolean> {
  const env = Object.fromEntries(
    environment.split('\0').map((variable) => {
      const end = variable.indexOf('=');
      return [variable.slice(0, end), variable.slice(end + 1)];
    }),
  ) as NodeJS.ProcessEnv;
  const home = ownHome(env['HOME'] ?? '/', env);
  return `${await realpath(home).catch(() => '')}/` === folder;
}

async function hasOpen(pid: string, folder: string): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(
    descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')),
  );
  return targets.some((target) => target.startsWith(folder));
}

async function usersByLsof(folder: string): Promise<number[]> {
  const options = {timeout: LONGEST_LOOK_MS, maxBuffer: 16 * 1024 * 1024};
  const {stdout} = await promisify(execFile)('lsof', ['-nP', '-Fpn', '-c', PROGRAM], options).catch(() => ({
    stdout: '',
  }));
  const users = new Set<number>();
  let pid = 0;
  for (const line of stdout.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    else if (line.startsWith(`n${folder}`)) users.add(pid);
  }
  return [...users];
}
