import assert from 'node:assert/strict';
import {symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {authJson, writeData} from '../support/accounts.js';
import {cao as caoProcess} from '../support/cao.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {RolloutWriter} from '../support/rollouts.js';
import {Sandbox} from '../support/sandbox.js';
import {makeUnreadable} from '../support/unreadable.js';

const OLD = '01a2054d-0000-7790-bf0d-3e89d8c89a0a';
const NEW = '01a2054d-ffff-7790-bf0d-3e89d8c89a0a';

type Listed = {
  warnings?: string[];
  threads: {id: string; accounts: string[]; cwd: string; firstPrompt: string; updatedAtMs: number}[];
};

describe('cao threads and cao resume', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    for (const name of ['alpha', 'beta']) await sandbox.store.add(name);
    const old = RolloutWriter.begun(OLD, sandbox.home, 'paint the\ndoor blue').reasons('x').answers('done');
    await old.write(sandbox.accountHome('alpha'));
    await old.copy().says('more').write(sandbox.accountHome('beta'));
    const young = RolloutWriter.begun(NEW, '/elsewhere', 'something else');
    for (let turn = 0; turn < 10; turn++) young.answers('x'.repeat(30_000));
    await young.write(sandbox.accountHome('alpha'));
    const agent = RolloutWriter.begun(OLD.replace('0000', '1111'), sandbox.home, 'of an agent');
    await agent.write(
      sandbox.accountHome('alpha'),
      agent.text.replace('"source":"exec"', '"source":{"subagent":"review"}'),
    );
  });
  afterEach(() => sandbox.remove());

  const list = async (...flags: string[]) =>
    JSON.parse((await cao(sandbox, ['threads', '--json', ...flags])).stdout) as Listed;

  it('lists a thread of several accounts once, the newest first', async () => {
    const {threads} = await list();
    assert.deepEqual(
      threads.map(({id, accounts, cwd, firstPrompt}) => ({id, accounts, cwd, firstPrompt})),
      [
        {id: NEW, accounts: ['alpha'], cwd: '/elsewhere', firstPrompt: 'something else'},
        {id: OLD, accounts: ['beta', 'alpha'], cwd: sandbox.home, firstPrompt: 'paint the\ndoor blue'},
      ],
    );
    assert.equal(threads[1]?.updatedAtMs, Date.parse('2026-11-22T10:00:06.000Z'));
    assert.equal((await list('--limit', '1')).threads.length, 1);
  });

  it('shows time, accounts, folder, prompt and id in one line each', async () => {
    const {stdout} = await cao(sandbox, ['threads']);
    const [heading, , line] = stdout.split('\n');
    assert.match(heading ?? '', /ACCOUNTS +FOLDER +FIRST PROMPT +ID$/);
    assert.match(line ?? '', new RegExp(`beta, alpha +~ +paint the door blue +${OLD}$`));
  });

  it('knows the current folder by any of its names', async () => {
    const alias = `${sandbox.home}-alias`;
    await symlink(sandbox.home, alias);
    const {stdout} = await caoProcess(sandbox, ['threads', '--here', '--json'], {cwd: alias});
    assert.deepEqual(
      (JSON.parse(stdout) as Listed).threads.map(({id}) => id),
      [OLD],
    );
  });

  it('says what is wrong with a choice, exit 2', async () => {
    for (const [args, message] of [
      [['resume'], /Without a terminal, say which thread/],
      [['resume', 'ffff'], /No account has a thread ffff/],
      [['resume', '01a2054d'], /2 threads begin with 01a2054d/],
      [['resume', OLD, '--last'], /not both/],
    ] as const) {
      const result = await cao(sandbox, args);
      assert.match(result.stderr, message);
      assert.equal(result.exitCode, 2);
    }
  });

  it('says that a folder has no threads, or is gone', async () => {
    const none = await cao(sandbox, ['resume', '--last'], {cwd: sandbox.dataDir});
    assert.match(none.stderr, /No account has a thread of/);
    assert.equal(none.exitCode, 1);
    const gone = await cao(sandbox, ['resume', NEW]);
    assert.match(gone.stderr, /not there any more: \/elsewhere/);
  });

  describe('where the threads of an account cannot be read', () => {
    beforeEach(async () => {
      await sandbox.store.add('gamma');
      await makeUnreadable(join(sandbox.accountHome('gamma'), 'sessions'));
    });

    it('names the account and lists the threads of the others', async () => {
      const {threads, warnings} = await list();
      assert.deepEqual(
        threads.map(({id}) => id),
        [NEW, OLD],
      );
      assert.equal(warnings?.length, 1);
      assert.match(warnings[0] ?? '', /^The threads of gamma could not be read \(ELOOP: .*sessions'\)\.$/);
    });

    it('says so instead of calling a thread missing', async () => {
      for (const args of [['ffff'], ['--last']]) {
        const result = await cao(sandbox, ['resume', ...args], {cwd: sandbox.dataDir});
        assert.match(result.stderr, /^Error: The threads of gamma could not be read \(ELOOP: .*\)\.\n/);
        assert.equal(result.exitCode, 1);
      }
    });

    it('goes on with a thread that others have, and says what it did not see', async () => {
      await writeFile(join(sandbox.home, 'codex'), '#!/bin/sh\necho "$@"\n', {mode: 0o755});
      for (const name of ['alpha', 'beta', 'gamma'])
        await writeData(sandbox, `${name}/auth.json`, authJson(name));
      const codex = ['--codex', join(sandbox.home, 'codex')];
      const result = await cao(sandbox, ['resume', OLD, ...codex]);
      assert.match(result.stdout, new RegExp(`resume -- ${OLD}\n$`), result.stderr);
      assert.match(
        result.stderr,
        new RegExp(
          `The threads of gamma could not be read .*: a newer state of thread ${OLD} would not be seen`,
        ),
      );
      const onGamma = await cao(sandbox, ['resume', OLD, '--account', 'gamma', ...codex]);
      assert.equal(onGamma.exitCode, 1);
      assert.match(onGamma.stderr, /Error: The threads of gamma could not be read/);
    });
  });

  it('has an empty list without accounts', async () => {
    const empty = await Sandbox.create();
    try {
      assert.deepEqual(JSON.parse((await cao(empty, ['threads', '--json'])).stdout), {threads: []});
      assert.equal((await cao(empty, ['threads'])).stdout, 'No threads yet.\n');
    } finally {
      await empty.remove();
    }
  });
});
