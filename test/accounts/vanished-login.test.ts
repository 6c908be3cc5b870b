import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, rm, utimes, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

import {guardLogin, takeLoginsBack} from '../../src/accounts/vanished-login.js';
import {registerAccounts} from '../support/accounts.js';
import {type CaoResult, cao} from '../support/cao.js';
import {RolloutWriter} from '../support/rollouts.js';
import {Sandbox} from '../support/sandbox.js';
import {until} from '../support/until.js';

/** A Codex that deletes its login when it is let, as the real one does at its start. */
const DELETING = `#!${process.execPath}
const {existsSync, rmSync, writeFileSync} = require('node:fs');
if (process.argv.includes('--version')) { console.log('codex-cli 0.169.0'); process.exit(); }
const home = process.env.CODEX_HOME;
writeFileSync(home + '/started', String(process.pid));
const timer = setInterval(() => {
  if (existsSync(home + '/delete')) { rmSync(home + '/auth.json', {force: true}); writeFileSync(home + '/deleted', ''); }
  if (existsSync(home + '/end')) process.exit(1);
}, 5);
`;

describe('a login that is gone after a run', () => {
  let sandbox: Sandbox;
  let pid: number | null;

  beforeEach(async () => {
    pid = null;
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['a', 'b']);
    await writeFile(join(sandbox.home, 'codex'), DELETING, {mode: 0o755});
  });
  afterEach(async () => {
    if (pid !== null) await touch('end');
    await sandbox.remove();
  });

  const path = (file: string): string => join(sandbox.accountHome('a'), file);
  const touch = async (file: string): Promise<void> => writeFile(path(file), '');
  const read = async (file: string): Promise<string | null> => readFile(path(file), 'utf8').catch(() => null);
  const copies = async (): Promise<string[]> =>
    (await readdir(sandbox.store.folder.loginsInUse(), {recursive: true}).catch(() => [])).filter((file) =>
      file.endsWith('.auth.json'),
    );
  const takenBack = async (): Promise<string[]> => {
    const said: string[] = [];
    await takeLoginsBack(sandbox.store.folder, (line) => said.push(line));
    return said;
  };

  /** Starts a run, and kills cao alone, so that Codex goes on. */
  async function killed(whenToDelete: 'before' | 'after' | 'never'): Promise<void> {
    let kill = (): void => undefined;
    const run: Promise<CaoResult> = cao(
      sandbox,
      ['run', '--codex', join(sandbox.home, 'codex'), '--', 'exec', 'hi'],
      {
        onStart: (child) => (kill = () => void child.kill('SIGKILL')),
      },
    );
    pid = Number(await until(async () => read('started'), 'Codex has started'));
    if (whenToDelete === 'before') {
      await touch('delete');
      await until(async () => (await read('deleted')) !== null, 'deleted');
    }
    kill();
    if (whenToDelete === 'after') {
      await touch('delete');
      await until(async () => (await read('deleted')) !== null, 'deleted');
    }
    await touch('end');
    await run;
    await rm(path('delete'), {force: true});
  }

  for (const when of ['before', 'after'] as const) {
    it(`is put back by the next command where cao was killed ${when === 'before' ? 'since' : 'first'}`, async () => {
      const login = await read('auth.json');
      await killed(when);
      assert.equal(await read('auth.json'), null);
      const {stderr, exitCode, stdout} = await cao(sandbox, ['list', '--json']);
      assert.equal(exitCode, 0, stderr);
      assert.match(
        stderr,
        /The login of a was gone after a cao that was killed while Codex ran, and has been put back/,
      );
      assert.match(stdout, /"a"/);
      assert.equal(await read('auth.json'), login);
      assert.deepEqual(await copies(), []);
      assert.doesNotMatch((await cao(sandbox, ['list'])).stderr, /put back/);
    });
  }

  it('leaves the copy where it is until that Codex cannot be starting any more', async () => {
    await killed('never');
    assert.deepEqual(await takenBack(), []);
    const [copy = ''] = await copies();
    const file = join(sandbox.store.folder.loginsInUse(), copy);
    assert.equal(await readFile(file, 'utf8'), await read('auth.json'));
    const longAgo = Date.now() / 1000 - 120;
    await utimes(file, longAgo, longAgo);
    assert.deepEqual(await takenBack(), []);
    assert.deepEqual(await copies(), []);
  });

  it('is not taken back while the cao that looks after it is there', async () => {
    const {ended, lost} = await guardLogin(sandbox.store.folder, 'a', ['exec', 'hi'], async () => {
      assert.equal((await copies()).length, 1);
      await rm(path('auth.json'));
      const {stderr} = await cao(sandbox, ['list']);
      assert.doesNotMatch(stderr, /put back/);
      assert.equal(await read('auth.json'), null);
      return {exitCode: 1, interrupted: false};
    });
    assert.equal(ended.exitCode, 1);
    assert.match(lost ?? '', /cao has put it back/);
    assert.notEqual(await read('auth.json'), null);
    assert.deepEqual(await copies(), []);
  });

  it('and its archived thread stay as they are where Codex must not be started', async () => {
    const id = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';
    const thread = RolloutWriter.begun(id, sandbox.home, 'paint it');
    const archived = join(sandbox.accountHome('a'), 'archived_sessions', basename(thread.pathIn('')));
    await mkdir(dirname(archived));
    await writeFile(archived, thread.text);
    await writeFile(path('config.toml'), 'forced_chatgpt_workspace_id = "other"\n');
    const args = [
      'run',
      '--account',
      'a',
      '--codex',
      join(sandbox.home, 'codex'),
      '--',
      'exec',
      'resume',
      id,
      'hi',
    ];
    const {exitCode, stderr} = await cao(sandbox, args);
    assert.equal(exitCode, 1);
    assert.match(stderr, /Codex would log a out and delete its login/);
    assert.equal(await readFile(archived, 'utf8'), thread.text);
    assert.equal(await read('started'), null);
    assert.deepEqual(await copies(), []);
  });

  for (const {what, end, args, back, said} of [
    {
      what: 'ended well',
      end: {exitCode: 0, interrupted: false},
      args: ['hi'],
      back: false,
      said: /A copy of it is/,
    },
    {
      what: 'was interrupted',
      end: {exitCode: 1, interrupted: true},
      args: ['hi'],
      back: false,
      said: /A copy/,
    },
    {what: 'failed', end: {exitCode: 1, interrupted: false}, args: ['hi'], back: true, said: /put it back/},
    {
      what: 'was to log out',
      end: {exitCode: 1, interrupted: false},
      args: ['logout'],
      back: false,
      said: null,
    },
  ]) {
    it(`is ${back ? 'put back' : 'left alone'} where Codex ${what}`, async () => {
      const {lost} = await guardLogin(sandbox.store.folder, 'a', args, async () => {
        assert.equal((await copies()).length, said === null ? 0 : 1);
        await rm(path('auth.json'));
        return end;
      });
      if (said === null) assert.equal(lost, null);
      else assert.match(lost ?? '', said);
      assert.equal((await read('auth.json')) !== null, back);
      assert.deepEqual(await copies(), []);
    });
  }

  it('has its copy on disk still when nobody could look after it', async () => {
    const failed = guardLogin(sandbox.store.folder, 'a', ['hi'], async () => {
      await rm(path('auth.json'));
      throw new Error('no');
    });
    await assert.rejects(failed, /no/);
    assert.equal((await copies()).length, 1);
    assert.equal((await takenBack()).length, 1);
    assert.notEqual(await read('auth.json'), null);
  });

  it('follows its account to another name, and goes with it', async () => {
    for (const change of ['rename', 'remove']) {
      const failed = guardLogin(sandbox.store.folder, 'a', ['hi'], async () =>
        Promise.reject(new Error('no')),
      );
      await assert.rejects(failed);
      if (change === 'remove') await sandbox.store.remove('a', {keepFiles: false});
      else {
        await sandbox.store.rename('a', 'c');
        await rm(join(sandbox.accountHome('c'), 'auth.json'));
        assert.match((await takenBack())[0] ?? '', /^The login of c/);
        assert.match(
          await readFile(join(sandbox.accountHome('c'), 'auth.json'), 'utf8'),
          /workspace-a|tokens/,
        );
        await sandbox.store.rename('c', 'a');
      }
      assert.deepEqual(await copies(), []);
    }
  });
});
