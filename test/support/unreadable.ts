import {execFile} from 'node:child_process';
import {mkdir, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {type Server, createServer} from 'node:net';
import {dirname} from 'node:path';
import {promisify} from 'node:util';

/** Puts something at a path that nobody can read, root included: a symbolic link to itself (ELOOP). */
export async function makeUnreadable(path: string): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  await symlink(path, path);
}

/** What may stand in the place of a file that is to be read, none of which rights would keep root from. */
export const NO_FILES: readonly [what: string, make: (path: string) => Promise<unknown>][] = [
  ['a loop of links', makeUnreadable],
  ['a folder', (path) => mkdir(path)],
  ['a pipe that nobody writes to', (path) => promisify(execFile)('mkfifo', [path])],
  ['a device without an end', (path) => symlink('/dev/zero', path)],
  ['more than fits in memory', makeSparse],
  ['a socket', makeSocket],
];

/** {@link NO_FILES} at a path where something is already. */
export async function replaceBy(make: (path: string) => Promise<unknown>, path: string): Promise<void> {
  await rm(path, {recursive: true, force: true});
  await make(path);
}

async function makeSparse(path: string): Promise<void> {
  await writeFile(path, '');
  await truncate(path, 8 * 1024 ** 3);
}

/** It stays when its server is gone without having been closed; here that is when the test process ends. */
async function makeSocket(path: string): Promise<Server> {
  const server = createServer().unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server;
}
