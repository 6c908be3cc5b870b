import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {cao as caoProcess} from '../support/cao.js';
import {Sandbox} from '../support/sandbox.js';
import {readJson} from '../support/files.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {recordQuota} from '../support/ends.js';

describe('account commands', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });

  afterEach(() => sandbox.remove());

  const add = (name: string) => cao(sandbox, ['add', name, '--no-login']);

  it('registers accounts in order, the first as default, with private files', async () => {
    const first = await add('one');
    assert.equal(first.exitCode, 0, first.stderr);
    assert.match(first.stderr, /grey area in providers' terms/);
    assert.doesNotMatch((await add('two')).stderr, /grey area/);

    assert.deepEqual(await readJson(join(sandbox.dataDir, 'registry.json')), {
      default_account: 'one',
      accounts: ['one', 'two'],
    });
    assert.equal(
      await readFile(join(sandbox.accountHome('one'), 'config.toml'), 'utf8'),
      'cli_auth_credentials_store = "file"\nforced_login_method = "chatgpt"\n',
    );
    const mode = async (path: string) => (await stat(path)).mode & 0o777;
    assert.equal(await mode(sandbox.dataDir), 0o700);
    assert.equal(await mode(sandbox.accountHome('one')), 0o700);
    assert.equal(await mode(join(sandbox.dataDir, 'registry.json')), 0o600);
    assert.equal(await mode(join(sandbox.accountHome('one'), 'config.toml')), 0o600);
  });

  it('never rewrites a config.toml that is there', async () => {
    await mkdir(sandbox.accountHome('one'), {recursive: true});
    await writeFile(join(sandbox.accountHome('one'), 'config.toml'), '# mine\n');
    await add('one');
    assert.equal(await readFile(join(sandbox.accountHome('one'), 'config.toml'), 'utf8'), '# mine\n');
  });

  it('shows, switches and names the default', async () => {
    await add('one');
    await add('two');
    assert.equal((await cao(sandbox, ['current'])).stdout, 'one\n');
    assert.equal((await cao(sandbox, ['switch', 'two'])).exitCode, 0);
    assert.equal((await cao(sandbox, ['current'])).stdout, 'two\n');
    assert.equal((await cao(sandbox, ['use', 'one'])).exitCode, 0);
    assert.equal((await cao(sandbox, ['list'])).stdout, '* one  needs-login\n  two  needs-login\n');
    const listed = JSON.parse((await cao(sandbox, ['list', '--json'])).stdout) as {name: string}[];
    assert.deepEqual(
      listed.map(({name}) => name),
      ['one', 'two'],
    );
  });

  it('asks for a name when there is no terminal to choose on', async () => {
    await add('one');
    // A name waiting on stdin is no argument.
    const result = await caoProcess(sandbox, ['switch'], {input: 'one\n'});
    assert.equal(result.exitCode, 2);
    assert.match(result.stderr, /cao switch one/);
  });

  it('removes an account, its files only when told so', async () => {
    await add('one');
    await add('two');
    const refused = await cao(sandbox, ['remove', 'one']);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /--force/);

    assert.equal((await cao(sandbox, ['remove', 'one', '--keep-files'])).exitCode, 0);
    assert.ok((await readdir(sandbox.dataDir)).includes('one'));
    assert.equal((await cao(sandbox, ['current'])).stdout, 'two\n');
    assert.equal((await cao(sandbox, ['remove', 'two', '--force'])).exitCode, 0);
    assert.ok(!(await readdir(sandbox.dataDir)).includes('two'));
    const none = await cao(sandbox, ['current']);
    assert.equal(none.exitCode, 1);
    assert.match(none.stderr, /cao add NAME/);
  });

  it('renames folder, status and default together', async () => {
    await add('one');
    await add('two');
    await recordQuota(sandbox.store, 'one', {untilMs: Date.now() + 60_000, reason: 'x'});
    assert.equal((await cao(sandbox, ['rename', 'one', 'first'])).exitCode, 0);
    const [first] = await sandbox.store.accounts();
    assert.equal(first?.name, 'first');
    assert.equal(first.isDefault, true);
    assert.ok(first.status.cooldownUntilMs);
    assert.ok((await readdir(sandbox.dataDir)).includes('first'));
    assert.equal((await cao(sandbox, ['rename', 'first', 'two'])).exitCode, 2);
    assert.equal((await cao(sandbox, ['rename', 'nobody', 'x'])).exitCode, 2);
  });

  it('refuses names that cannot be folders, and says what may be in one', async () => {
    for (const name of ['../x', 'a b', 'ä', '']) {
      const result = await cao(sandbox, ['add', name, '--no-login']);
      assert.equal(result.exitCode, 2, name);
    }
    assert.match((await cao(sandbox, ['add', 'a.b', '--no-login'])).stderr, /letters, digits/);
  });

  it('loses none of a dozen accounts added at once', async () => {
    const names = Array.from({length: 12}, (_, n) => `account-${n}`);
    const results = await Promise.all(names.map((name) => caoProcess(sandbox, ['add', name, '--no-login'])));
    assert.deepEqual(
      results.filter(({exitCode}) => exitCode !== 0),
      [],
    );
    assert.deepEqual((await sandbox.store.registry()).accounts.sort(), [...names].sort());
  }).timeout(120_000);

  it('opens a data folder of 1.4.2 and keeps what it does not know', async () => {
    await mkdir(sandbox.accountHome('accountA'), {recursive: true, mode: 0o700});
    await mkdir(sandbox.accountHome('accountB'), {recursive: true, mode: 0o700});
    await writeFile(
      join(sandbox.dataDir, 'registry.json'),
      JSON.stringify({default_account: 'accountB', accounts: ['accountA', 'accountB'], added_by: 'someone'}),
    );
    const status = {
      lastAttemptAtMs: 1700000000000,
      lastSuccessAtMs: 1700000000000,
      lastQuotaAtMs: null,
      cooldownUntilMs: null,
      consecutiveFailures: 2,
      lastError: 'exit 1',
      note: 'kept',
    };
    await writeFile(
      join(sandbox.dataDir, 'account_status.json'),
      JSON.stringify({statuses: {accountA: status}, version: 1}),
    );
    assert.equal((await cao(sandbox, ['current'])).stdout, 'accountB\n');
    await add('accountC');
    await sandbox.store.status.recordAttempt('accountA', 1800000000000);

    const registry = await readJson<object>(join(sandbox.dataDir, 'registry.json'));
    assert.deepEqual(registry, {
      default_account: 'accountB',
      accounts: ['accountA', 'accountB', 'accountC'],
      added_by: 'someone',
    });
    const statuses = await readJson<{
      statuses: Record<string, object>;
      version: number;
    }>(join(sandbox.dataDir, 'account_status.json'));
    assert.equal(statuses.version, 1);
    assert.deepEqual(statuses.statuses['accountA'], {...status, lastAttemptAtMs: 1800000000000});
  });

  it('moves a corrupt file aside, says so, and loses nothing else', async () => {
    await add('one');
    await writeFile(join(sandbox.dataDir, 'account_status.json'), '{"statuses": [');
    const result = await cao(sandbox, ['list']);
    assert.equal(result.exitCode, 0);
    assert.match(result.stderr, /account_status\.json could not be read \(not JSON\); it was moved to/);
    assert.match(result.stdout, /\* one/);
    const aside = (await readdir(sandbox.dataDir)).filter((entry) =>
      /^account_status\.json\.corrupt-\d+$/.test(entry),
    );
    assert.equal(aside.length, 1);
    assert.equal(await readFile(join(sandbox.dataDir, aside[0] ?? ''), 'utf8'), '{"statuses": [');
    assert.equal((await cao(sandbox, ['list'])).stderr, '');
  });

  it('keeps settings, checked, and puts them back to their defaults', async () => {
    const set = await cao(sandbox, [
      'config',
      'set',
      'quota.patterns',
      '["budget (?:gone|spent)"]',
      '--json',
    ]);
    assert.deepEqual(JSON.parse(set.stdout), {key: 'quota.patterns', value: ['budget (?:gone|spent)']});
    assert.equal(
      (await cao(sandbox, ['config', 'get', 'quota.patterns'])).stdout,
      '["budget (?:gone|spent)"]\n',
    );
    for (const [key, value] of [
      ['run.gateway', 'maybe'],
      ['quota.patterns', '['],
      ['gateway.strategy', 'round-robin'],
      ['usage.pollMinutes', '0'],
      ['no.such', '1'],
    ] as const) {
      assert.equal((await cao(sandbox, ['config', 'set', key, value])).exitCode, 2, `${key} ${value}`);
    }
    assert.equal((await cao(sandbox, ['config', 'unset', 'quota.patterns'])).exitCode, 0);
    assert.equal((await cao(sandbox, ['config', 'get', 'quota.patterns'])).stdout, '[]\n');
  });

  it('takes the data folder from --data-dir before CAO_HOME', async () => {
    const other = join(sandbox.home, 'other');
    const byEnv = join(sandbox.home, 'by-env');
    await cao(sandbox, ['add', 'x', '--no-login', '--data-dir', other], {env: {CAO_HOME: byEnv}});
    assert.equal((await cao(sandbox, ['current'], {env: {CAO_HOME: other}})).stdout, 'x\n');
    assert.ok(!(await readdir(sandbox.home)).includes('by-env'));
  });

  it('takes the usual data folder with a blank CAO_HOME, and none for a blank --data-dir', async () => {
    await sandbox.store.add('x');
    const usual = {CAO_HOME: ' '};
    assert.equal((await cao(sandbox, ['current'], {env: usual})).stdout, 'x\n');
    const {exitCode, stderr} = await cao(sandbox, ['current', '--data-dir', ''], {env: usual});
    assert.equal(exitCode, 2);
    assert.match(stderr, /--data-dir names no folder/);
  });
});
