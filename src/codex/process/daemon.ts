import {join} from 'node:path';

import {hasErrorCode} from '../../errors/index.js';
import {readTextIfThere, readdirIfThere, statIfThere} from '../../files/absent.js';

/** A Codex app server that works on in the background for one home. */
export type CodexDaemon = {pid: number; startedAtMs: number};

/**
 * The daemons that a home's TUI has started and that still run, by their pid files
 * (`app-server-daemon/*.pid`; when it was written is when the daemon began).
 */
export async function runningDaemons(home: string): Promise<CodexDaemon[]> {
  const folders = (await readdirIfThere(home)).filter((name) => name.startsWith('app-server-'));
  const found = await Promise.all(folders.map((folder) => daemonsIn(join(home, folder))));
  return found.flat();
}

async function daemonsIn(folder: string): Promise<CodexDaemon[]> {
  const names = (await readdirIfThere(folder)).filter((name) => name.endsWith('.pid'));
  const found: (CodexDaemon | null)[] = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // A daemon that ends takes its file with it.
      const [text, written] = await Promise.all([readTextIfThere(path), statIfThere(path)]);
      if (text === null || written === null) return null;
      // Either the bare number, or JSON with it under "pid".
      const pid = Number(/^\s*(\d+)\s*$/.exec(text)?.[1] ?? /"pid"\s*:\s*(\d+)/.exec(text)?.[1]);
      return isAlive(pid) ? {pid, startedAtMs: written.mtimeMs} : null;
    }),
  );
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
