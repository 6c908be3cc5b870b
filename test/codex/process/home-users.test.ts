import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {cp, mkdir, open, readFile, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {codexesIn} from '../../../src/codex/process/home-users.js';
import {Sandbox} from '../../support/sandbox.js';
import {until} from '../../support/until.js';

describe('the Codex processes at work in a home', () => {
  let sandbox: Sandbox;
  let home: string;
  const processes: ChildProcess[] = [];

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  beforeEach(async () => {
    sandbox = await Sandbox.create();
    home = join(sandbox.home, 'home');
    await mkdir(home);
    // By its name it is Codex.
    await cp('/bin/sleep', join(sandbox.home, 'codex'));
    await cp('/bin/sleep', join(sandbox.home, 'other'));
  });
  afterEach(async () => {
    for (const child of processes.splice(0)) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await sandbox.remove();
  });

  async function start(
    env: Record<string, string>,
    {name = 'codex', input}: {name?: string; input?: number} = {},
  ): Promise<number> {
    const child = spawn(join(sandbox.home, name), ['60'], {
      env,
      stdio: [input ?? 'ignore', 'ignore', 'ignore'],
    });
    processes.push(child);
    const pid = child.pid ?? 0;
    await until(async () => (await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === name, 'the program');
    return pid;
  }
  const found = (isLeftOut: (environment: string) => boolean = () => false): Promise<number[]> =>
    codexesIn(home, isLeftOut);

  it('are those that are told to work there, before they have opened anything', async () => {
    const link = join(sandbox.home, 'link');
    await symlink(home, link);
    const pids = [await start({CODEX_HOME: home}), await start({CODEX_HOME: link})];
    assert.deepEqual((await found()).sort(), pids.sort());
  });

  it('are those of the usual home that are told nothing', async () => {
    home = join(sandbox.home, '.codex');
    await mkdir(home);
    assert.deepEqual(await found(), []);
    const pid = await start({HOME: sandbox.home});
    await start({HOME: sandbox.home, CODEX_HOME: sandbox.home});
    assert.deepEqual(await found(), [pid]);
  });

  it('are those that have a file of it open, wherever they are told to work', async () => {
    const file = join(home, 'state.sqlite');
    await writeFile(file, '');
    const handle = await open(file);
    const pid = await start({HOME: '/nowhere'}, {input: handle.fd});
    await handle.close();
    assert.deepEqual(await found(), [pid]);
  });

  it('are no other programs, and none that are left out', async () => {
    await start({CODEX_HOME: home}, {name: 'other'});
    await start({CODEX_HOME: home, OURS: '1'});
    assert.deepEqual(await found((environment) => environment.includes('OURS=1')), []);
  });
});
