import {spawn} from 'node:child_process';
import {open, rm, stat} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';

import type {DataFolder} from '../../accounts/data/data-folder.js';
import {CaoError} from '../../errors/index.js';
import {readTextIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {readEnd} from '../../files/file-ends.js';
import {PRIVATE_FILE_MODE} from '../../files/private-folder.js';
import {probe} from './probe.js';
import {caoLine} from '../../files/text/shell-words.js';

const START_MS = 20_000;
const STOP_MS = 40_000;
const PAUSE_MS = 50;
/** More of what a gateway said before it ended would hide the reason. */
const MOST_SAID_BYTES = 4096;

/** Leaves this process's id where scripts find it. */
export async function writePid(folder: DataFolder, port: number): Promise<void> {
  await writePrivateFile(folder.gatewayPidFile(port), `${process.pid}\n`);
}

/** Removes the file if it is still this process's own. */
export async function removePid(folder: DataFolder, port: number): Promise<void> {
  const path = folder.gatewayPidFile(port);
  const text = await readTextIfThere(path);
  if (text?.trim() === String(process.pid)) await rm(path, {force: true});
}

export type DetachOptions = {
  /** The arguments of this process's own command line that start the gateway in the foreground. */
  args: readonly string[];
  url: string;
  secret: string;
  logFile: string;
};

/**
 * Starts a gateway as a process of its own and waits until it answers.
 *
 * @returns its process id.
 * @throws CaoError `gateway_not_started` with what it said.
 */
export async function startDetached({args, url, secret, logFile}: DetachOptions): Promise<number> {
  // A pipe would break when this process ends; a file stays.
  const errors = await open(logFile, 'a', PRIVATE_FILE_MODE);
  const {size} = await errors.stat();
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', errors.fd],
  });
  await errors.close();
  const ended = new Promise<'ended'>((resolve) => child.once('exit', () => resolve('ended')));
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if ((await Promise.race([ended, sleep(PAUSE_MS, 'waiting' as const)])) === 'ended') break;
    if ((await probe(url, secret)) !== 'ours') continue;
    child.unref();
    return child.pid ?? 0;
  }
  child.kill('SIGTERM');
  const written = (await stat(logFile)).size - size;
  const said = written > 0 ? await readEnd(logFile, Math.min(written, MOST_SAID_BYTES)) : '';
  throw new CaoError(
    said.trim() === '' ? 'The gateway did not start.' : `The gateway did not start: ${said.trim()}`,
    {
      code: 'gateway_not_started',
      suggestions: [`Start it in the foreground to see more: ${caoLine('gateway', 'start')}`],
    },
  );
}

/** Waits until nothing answers at `url` any more. @returns false when it still does. */
export async function waitUntilStopped(url: string, secret: string): Promise<boolean> {
  const deadline = performance.now() + STOP_MS;
  while (performance.now() < deadline) {
    if ((await probe(url, secret)) === 'nothing') return true;
    await sleep(PAUSE_MS);
  }
  return false;
}
