import {execFile} from 'node:child_process';
import {readFile, readdir, readlink} from 'node:fs/promises';
import {promisify} from 'node:util';

/*
 * Everything here is asked while processes come and go: one that has just ended (ENOENT, ESRCH) or that belongs to
 * somebody else (EACCES) holds no file of ours open, so no refusal is an error.
 */

/** What one process holds open. */
export type OpenFiles = {pid: number; paths: string[]};

/**
 * The files that a process and its descendants hold open, parents before their children, by the operating system's own
 * account: /proc on Linux, lsof on macOS. Nothing where neither is there (Windows).
 */
export async function openFilesOf(pid: number): Promise<OpenFiles[]> {
  if (process.platform === 'linux') {
    const pids = await descendants(pid);
    return Promise.all(pids.map(async (each) => ({pid: each, paths: await openFilesFromProc(each)})));
  }
  return process.platform === 'darwin' ? openFilesFromLsof(pid) : [];
}

async function descendants(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  const children = lists.flatMap((list) => list.trim().split(/\s+/)).filter((child) => child !== '');
  const below = await Promise.all(children.map((child) => descendants(Number(child))));
  return [pid, ...below.flat()];
}

async function openFilesFromProc(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  const targets = await Promise.all(descriptors.map((fd) => readlink(`${folder}/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith('/'));
}

async function openFilesFromLsof(pid: number): Promise<OpenFiles[]> {
  const run = promisify(execFile);
  const pids = [pid];
  // Codex's npm wrapper starts the native program below itself.
  for (let at = 0; at < pids.length; at++) {
    const {stdout} = await run('pgrep', ['-P', String(pids[at])]).catch(() => ({stdout: ''}));
    pids.push(...stdout.split(/\s+/).filter(Boolean).map(Number));
  }
  const {stdout} = await run('lsof', ['-nP', '-Fn', '-p', pids.join(',')]).catch(() => ({stdout: ''}));
  const byProcess = new Map(pids.map((each): [number, string[]] => [each, []]));
  let current: string[] | undefined;
  for (const line of stdout.split('\n')) {
    if (line.startsWith('p')) current = byProcess.get(Number(line.slice(1)));
    else if (line.startsWith('n/')) current?.push(line.slice(1));
  }
  return [...byProcess].map(([each, paths]) => ({pid: each, paths}));
}
