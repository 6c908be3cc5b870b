import assert from 'node:assert/strict';
import {readFile, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';

import {emptyStatus} from '../../src/accounts/data/status-file.js';
import type {AccountReport} from '../../src/contract/index.js';
import {quota} from '../../src/simulator/index.js';
import {CAO, codexOnPath} from '../support/cao.js';
import {recordFailure, recordQuota} from '../support/ends.js';
import {assertMatchesSchema} from '../support/schema.js';
import {Terminal} from '../support/tmux.js';
import {World} from '../support/world.js';

describe('cao add with the real Codex', () => {
  let world: World;

  beforeEach(async () => {
    world = await World.create('alpha', 'beta');
  });

  afterEach(() => world.close());

  const authOf = (name: string): Promise<string> =>
    readFile(join(world.sandbox.accountHome(name), 'auth.json'), 'utf8');

  const login = (name: string, options: Parameters<World['cao']>[1] & {flags?: string[]} = {}) =>
    world.cao(
      [
        'add',
        name,
        '--device-auth',
        ...(options.flags ?? []),
        '--',
        '--experimental_issuer',
        world.simulator.issuerUrl,
      ],
      // Homes that are made here lead to the real backend: not past this.
      {...options, env: {HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'localhost,127.0.0.1', ...options.env}},
    );

  const leftovers = async (): Promise<string[]> =>
    (await readdir(world.sandbox.dataDir)).filter((entry) => entry.startsWith('.login-'));

  it('logs a new account in with a device code and says who it is', async () => {
    world.simulator.approveLogins('beta');
    await world.sandbox.store.remove('beta', {keepFiles: false});

    const result = await login('fresh');

    assert.equal(result.exitCode, 0, result.stderr);
    assert.match(result.stderr, /fresh: beta@example\.test, plan plus, workspace workspace-beta/);
    const path = join(world.sandbox.accountHome('fresh'), 'auth.json');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(world.sandbox.accountHome('fresh'))).mode & 0o777, 0o700);
    assert.deepEqual(await leftovers(), []);
    const auth = JSON.parse(await authOf('fresh')) as {tokens: {refresh_token: string}};
    assert.ok(!`${result.stdout}${result.stderr}`.includes(auth.tokens.refresh_token));
  });

  it('warns when the same login is registered under another name', async () => {
    world.simulator.approveLogins('beta');
    const result = await login('again', {flags: ['--json']});
    assert.equal(result.exitCode, 0, result.stderr);
    assert.match(result.stderr, /again is the same login as beta/);
    const value = JSON.parse(result.stdout) as {email: string; warnings: string[]};
    assert.equal(value.email, 'beta@example.test');
    assert.equal(value.warnings.length, 1);
  });

  it('replaces a login only by a new one that succeeded, and clears what was held against the account', async () => {
    world.simulator.account('alpha').fail(quota());
    await world.exec(['hi'], {flags: ['--no-fallback']});
    const before = await authOf('alpha');
    world.simulator.approveLogins('alpha');

    const result = await login('alpha');

    assert.equal(result.exitCode, 0, result.stderr);
    assert.match(result.stderr, /alpha: ChatGPT, plan plus, answers/);
    assert.notEqual(await authOf('alpha'), before);
    const [alpha] = await world.sandbox.store.accounts();
    assert.equal(alpha?.status.cooldownUntilMs, null);
  });

  it('leaves a working login intact and unrevoked when the new one is declined', async () => {
    const before = await authOf('alpha');
    world.simulator.declineLogins();

    const result = await login('alpha');

    assert.equal(result.exitCode, 1);
    assert.match(result.stderr, /The login of alpha did not succeed\. Its earlier login is untouched\./);
    assert.equal(await authOf('alpha'), before);
    assert.deepEqual(
      world.simulator.requests.filter(({path}) => path === '/oauth/revoke'),
      [],
    );
    assert.deepEqual(await leftovers(), []);
    assert.equal((await world.exec(['say: still here'])).stdout, 'still here\n');
  });

  it('leaves a working login intact when the new one is broken off', async () => {
    const before = await authOf('alpha');
    world.simulator.leaveLoginsPending();
    const asked = world.simulator.waitForRequest(({path}) => path.endsWith('/deviceauth/token'), 30_000);

    const result = await login('alpha', {
      onStart: (child) => {
        void asked.then(() => child.kill('SIGINT'));
      },
    });

    assert.notEqual(result.exitCode, 0);
    assert.match(result.stderr, /The login of alpha was interrupted/);
    assert.equal(await authOf('alpha'), before);
    assert.deepEqual(await leftovers(), []);
  });

  it("keeps an account's login when the new one is somebody else's, and sets the new one aside", async () => {
    const before = await authOf('alpha');
    world.simulator.approveLogins('beta');

    const result = await login('alpha', {flags: ['--json']});

    assert.equal(result.exitCode, 1, result.stderr);
    const refused: unknown = JSON.parse(result.stdout);
    await assertMatchesSchema('error', refused);
    const {error} = refused as {error: {code: string; message: string; suggestions: string[]}};
    assert.equal(error.code, 'other_identity');
    assert.match(error.message, /beta@example\.test \(workspace workspace-beta\).*alpha keeps its login/);
    assert.equal(await authOf('alpha'), before);

    // As the suggestion says it, once there is no account with this login.
    const command = error.suggestions[0]?.split(': cao ')[1];
    assert.ok(command);
    await world.sandbox.store.remove('beta', {keepFiles: false});
    const imported = await world.cao(command.split(' '));
    assert.equal(imported.exitCode, 0, imported.stderr);
    assert.match(await authOf('beta'), /workspace-beta/);
  });

  it("replaces somebody else's login when told so: it is kept, and what was known of it goes", async () => {
    const {store} = world.sandbox;
    const nowMs = Date.now();
    const windows = [{limitId: 'codex', usedPercent: 90, windowMinutes: 300, resetsAtMs: nowMs + 3_600_000}];
    await store.usage.record([{account: 'alpha', windows, source: 'live', atMs: nowMs}]);
    await recordQuota(store, 'alpha', {untilMs: nowMs + 3_600_000, limitId: 'gpt-x'});
    await recordFailure(store, 'alpha', 'it failed');
    const before = await authOf('alpha');
    world.simulator.approveLogins('beta');

    const result = await login('alpha', {flags: ['--replace-identity', '--json']});

    assert.equal(result.exitCode, 0, result.stderr);
    const added = JSON.parse(result.stdout) as {replaced: {email: string; keptIn: string} | null};
    await assertMatchesSchema('add', added);
    assert.equal(added.replaced?.email, 'alpha@example.test');
    assert.equal(await readFile(added.replaced.keptIn, 'utf8'), before);
    const [alpha] = await store.accounts();
    assert.deepEqual(alpha?.status, emptyStatus());
    const status = await world.cao(['status', '--json']);
    const [report] = JSON.parse(status.stdout) as AccountReport[];
    assert.deepEqual([report?.email, report?.usage], ['beta@example.test', null]);
  });

  it('asks on a terminal what becomes of a login of somebody else', async () => {
    const before = await authOf('alpha');
    world.simulator.approveLogins('beta');
    const terminal = await Terminal.open(world.sandbox, {...world.env, ...codexOnPath()});
    world.beforeClose(() => terminal.close());

    await terminal.type(
      `${process.execPath} ${CAO} add alpha --device-auth -- --experimental_issuer ${world.simulator.issuerUrl}; echo left=$?`,
    );
    await terminal.waitFor(/Replace it\?/);
    await terminal.type('n');
    await terminal.waitFor(/Name of a new account/);
    await terminal.type('second');
    await terminal.waitFor(/left=0/);

    assert.equal(await authOf('alpha'), before);
    assert.match(await authOf('second'), /workspace-beta/);
    assert.deepEqual(await leftovers(), []);
  });

  describe('names where a login of somebody else is kept', () => {
    const KEPT = /the new login is kept in\s+(\S+)/;
    let terminal: Terminal;
    let before: string;

    beforeEach(async () => {
      before = await authOf('alpha');
      world.simulator.approveLogins('beta');
      const size = {columns: 200, rows: 30};
      terminal = await Terminal.open(world.sandbox, {...world.env, ...codexOnPath()}, size);
      world.beforeClose(() => terminal.close());
      await terminal.type(
        `${process.execPath} ${CAO} add alpha --device-auth -- --experimental_issuer ${world.simulator.issuerUrl}; echo left=$?`,
      );
      await terminal.waitFor(/Replace it\?/);
    });

    const assertKept = async (screen: string, pattern = KEPT): Promise<void> => {
      const [, path = ''] = pattern.exec(screen) ?? [];
      assert.match(await readFile(path, 'utf8'), /workspace-beta/, screen);
      assert.equal(await authOf('alpha'), before);
    };

    it('after Ctrl+C at the question', async () => {
      await terminal.press('C-c');
      const screen = await terminal.waitFor(/left=130/);
      await assertKept(screen, /Cancelled\.[^]*The new one is kept in\s+(\S+)/);
      assert.match(screen, /cao import codex-home --source \S+/);
      assert.match(screen, /cao add alpha --device-auth --replace-identity -- --experimental_issuer/);
    });

    it('after Ctrl+C at the name of a new account', async () => {
      await terminal.type('n');
      await terminal.waitFor(/Name of a new account/);
      await terminal.press('C-c');
      await assertKept(await terminal.waitFor(/left=130/), /Cancelled\.[^]*The new one is kept in\s+(\S+)/);
    });

    it('after a no, and no name', async () => {
      await terminal.type('n');
      await terminal.waitFor(/Name of a new account/);
      await terminal.press('Enter');
      await assertKept(
        await terminal.waitFor(/left=1\b/),
        /alpha keeps its login\. The new one is kept in\s+(\S+)/,
      );
    });

    it('when the terminal is closed over the question', async () => {
      const screen = await terminal.screen();
      await terminal.close();
      await assertKept(screen);
    });
  });

  it('says how to install Codex when there is none, and registers nothing', async () => {
    const result = await world.cao(['add', 'gamma'], {env: {PATH: '/nonexistent'}});
    assert.equal(result.exitCode, 127);
    assert.match(result.stderr, /npm install -g @openai\/codex/);
    assert.ok(!(await world.sandbox.store.registry()).accounts.includes('gamma'));
  });
});
