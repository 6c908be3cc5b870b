import {readFile, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';

import {hasErrorCode} from '../../errors/index.js';

/** A Codex app server that works on in the background for one home. */
export type CodexDaemon = {pid: number; startedAtMs: number};

/**
 * The daemons that a home's TUI has started and that still run, by their pid files
 * (`app-server-daemon/*.pid`; when it was written is when the daemon began).
 */
export async function runningDaemons(home: string): Promise<CodexDaemon[]> {
  const folders = (await readdir(home).catch(() => [])).filter((name) => name.startsWith('app-server-'));
  const found = await Promise.all(folders.map((folder) => daemonsIn(join(home, folder))));
  return found.flat();
}

async function daemonsIn(folder: string): Promise<CodexDaemon[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.pid'));
  const found: (CodexDaemon | null)[] = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const [text, written] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
      // Either the bare number, or JSON with it under "pid".
      const pid = Number(/^\s*(\d+)\s*$/.exec(text)?.[1] ?? /"pid"\s*:\s*(\d+)/.exec(text)?.[1]);
      return isAlive(pid) ? {pid, startedAtMs: written.mtimeMs} : null;
    }),
  ).catch(() => []);
  return found.filter((daemon) => daemon !== null);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 2) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process is alive all the same.
    return hasErrorCode(error, 'EPERM');
  }
}
