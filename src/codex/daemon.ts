import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';

/**
 * The process id of a Codex daemon that serves this home, or null. A plain `codex` starts one, and it keeps the
 * configuration and login that it started with.
 */
export async function findDaemon(home: string): Promise<number | null> {
  const folder = join(home, 'app-server-daemon');
  const files = await readdir(folder).catch(() => []);
  for (const file of files.filter((name) => name === 'app-server.pid')) {
    const pid = pidIn(await readFile(join(folder, file), 'utf8').catch(() => ''));
    if (pid !== null && isAlive(pid)) return pid;
  }
  return null;
}

/** The file holds the number alone or a JSON object with it, by version. */
function pidIn(text: string): number | null {
  const pid = Number(/"pid"\s*:\s*(\d+)/.exec(text)?.[1] ?? /^\s*(\d+)\s*$/.exec(text)?.[1]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
