import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

import {PROJECT_ROOT} from '../../support/cao.js';
import {fakeCodex} from '../../support/fake-codex.js';
import {isAlive} from '../../support/processes.js';
import {until} from '../../support/until.js';

const SOURCE = pathToFileURL(join(PROJECT_ROOT, 'src', 'codex', 'process', 'process-group.ts')).href;

/** Ignores all that could end it politely, and starts one that does too. */
const STUBBORN = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {stdio: 'ignore'});
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  setInterval(() => {}, 1000);
  note('pid ' + child.pid);
`;

describe('a program that works for us', function () {
  if (process.platform === 'win32') return;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cao-group-'));
  });
  afterEach(() => rm(folder, {recursive: true, force: true}));

  async function pids(): Promise<number[] | null> {
    const text = await readFile(join(folder, 'codex.notes'), 'utf8').catch(() => '');
    const found = [...text.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid));
    return found.length === 2 ? found : null;
  }

  const ends: [string, string, {code: number | null; signal: NodeJS.Signals | null}][] = [
    ['SIGINT', '', {code: null, signal: 'SIGINT'}],
    ['SIGTERM', '', {code: null, signal: 'SIGTERM'}],
    ['SIGHUP', '', {code: null, signal: 'SIGHUP'}],
    [
      'a signal that somebody else deals with',
      "process.on('SIGUSR2', () => process.exit(7));",
      {code: 7, signal: null},
    ],
    [
      'an error that nobody catches',
      "process.on('SIGUSR2', () => { throw new Error('x'); });",
      {code: 1, signal: null},
    ],
  ];
  for (const [end, listener, expected] of ends) {
    it(`ends with all that it started when this process ends by ${end}`, async () => {
      const binary = await fakeCodex(folder, STUBBORN);
      const program = join(folder, 'program.mjs');
      await writeFile(
        program,
        `const {ProcessGroup} = await import(${JSON.stringify(SOURCE)});
        ${listener}
        new ProcessGroup(${JSON.stringify(binary)}, [], {env: process.env, cwd: ${JSON.stringify(folder)}});
        setInterval(() => {}, 1000);`,
      );
      const child = spawn(process.execPath, ['--import', 'tsx', program], {
        cwd: PROJECT_ROOT,
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({code, signal})));
      const started = await until(pids, 'both processes');
      child.kill(listener === '' ? (end as NodeJS.Signals) : 'SIGUSR2');
      assert.deepEqual(await ended, expected);
      await until(() => started.every((pid) => !isAlive(pid)), 'their end');
    });
  }
});
