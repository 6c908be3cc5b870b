import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {quota, unauthorized} from '../../src/simulator/index.js';
import {writeData} from '../support/accounts.js';
import {CODEX, PROJECT_ROOT} from '../support/cao.js';
import {threadOf} from '../support/codex-output.js';
import {until} from '../support/until.js';
import {World} from '../support/world.js';

describe('logins of other kinds with the real Codex', function () {
  this.timeout(120_000);

  let world: World;

  beforeEach(async () => {
    world = await World.create('alpha', {name: 'beta', plan: 'business'}, {name: 'gov', fedramp: true});
    await world.leaveGatewayToRuns();
  });

  afterEach(() => world.close());

  const home = (name: string): string => world.sandbox.accountHome(name);
  const authOf = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(home(name), 'auth.json'), 'utf8'));

  describe('an API key', () => {
    let key: unknown;

    beforeEach(async () => {
      key = world.simulator.account('alpha').apiKeyJson();
      await writeData(world.sandbox, 'alpha/auth.json', key);
    });

    it('survives every command, from the config.toml of a ChatGPT login on', async () => {
      const commands: string[][] = [
        ['status', '--live', '--json'],
        ['doctor', '--json'],
        ['add', 'alpha', '--no-login', '--json'],
        ['run', '--account', 'alpha', '--', 'exec', '--skip-git-repo-check', 'say: one'],
        ['run', '--gateway', '--', 'exec', '--skip-git-repo-check', 'say: two'],
        ['doctor', '--fix', '--json'],
      ];
      for (const args of commands) {
        const result = await world.cao(args);
        assert.deepEqual(await authOf('alpha'), key, `${args.join(' ')}: ${result.stderr}`);
      }
      assert.deepEqual(world.answered, ['alpha', 'beta'], 'billed as the default, and never by the gateway');
      const status = await world.codex(home('alpha'), ['login', 'status']);
      assert.match(status.stdout + status.stderr, /API key configured/);
    });

    it('is imported, works, and goes on with a thread', async () => {
      const source = join(world.sandbox.home, 'caam');
      await mkdir(join(source, 'work'), {recursive: true});
      await writeFile(join(source, 'work', 'auth.json'), JSON.stringify(key));
      await world.sandbox.store.remove('alpha', {keepFiles: false});
      const imported = await world.cao(['import', 'caam', '--source', source, '--json']);
      assert.equal(imported.exitCode, 0, imported.stderr);
      // What leads it to the simulated backend.
      const config = join(home('work'), 'config.toml');
      const route = `openai_base_url = "${world.simulator.httpsUrl}/backend-api/codex"\n`;
      await writeFile(config, route + (await readFile(config, 'utf8')));

      const first = await world.exec(['say: hello'], {flags: ['--account', 'work']});
      assert.equal(first.stdout, 'hello\n', first.stderr);
      const resumed = await world.cao([
        'resume',
        threadOf(first.stderr),
        '--account',
        'work',
        '--exec',
        'recall',
        '--',
        '--skip-git-repo-check',
      ]);
      assert.equal(resumed.exitCode, 0, resumed.stderr);
      assert.deepEqual(await authOf('work'), key);
    });

    it('is used only when no subscription is left, unless it is the default', async () => {
      await world.sandbox.store.setDefault('beta');
      assert.equal((await world.exec(['say: one'])).exitCode, 0);
      for (const name of ['beta', 'gov']) world.simulator.account(name).fail(quota());
      const second = await world.exec(['say: two']);
      assert.equal(second.exitCode, 0, second.stderr);
      assert.deepEqual(world.answered, ['beta', 'alpha']);
      assert.deepEqual(world.asked, ['beta', 'beta', 'gov', 'alpha']);
    });
  });

  describe('a personal access token', () => {
    beforeEach(async () => {
      for (const name of ['alpha', 'beta'])
        await writeData(
          world.sandbox,
          `${name}/auth.json`,
          world.simulator.account(name).personalAccessTokenJson(),
        );
    });

    it('works directly, falls back, and is asked for its usage', async () => {
      world.simulator.account('alpha').fail(quota());
      const result = await world.exec(['say: hello']);
      assert.equal(result.stdout, 'hello\n', result.stderr);
      assert.deepEqual(world.answered, ['beta']);
      const live = await world.cao(['status', '--live', '--json']);
      const accounts = JSON.parse(live.stdout) as {
        name: string;
        kind: string;
        state: string;
        plan: string | null;
      }[];
      const [alpha, beta] = accounts;
      assert.ok(alpha && beta);
      assert.equal(alpha.kind, 'access-token');
      assert.equal(beta.state, 'ready', live.stderr);
      assert.equal(beta.plan, 'business');
      const usage = world.simulator.requests
        .filter(({route}) => route === 'usage')
        .map(({account}) => account);
      assert.ok(usage.includes('beta'), live.stderr);
    });

    it('works through the gateway, asked once whose it is, and is moved from and to', async () => {
      world.simulator.account('alpha').fail(quota(), {from: 2});
      const result = await world.exec(['-s', 'danger-full-access', 'shell: echo one'], {
        flags: ['--gateway'],
      });
      assert.equal(result.exitCode, 0, result.stderr);
      assert.deepEqual(world.asked, ['alpha', 'alpha', 'beta']);
      const asked = world.simulator.requests.filter(({route}) => route === 'whoami');
      const byCao = asked.filter(({headers}) =>
        String(headers['user-agent']).startsWith('codex-account-orchestrator'),
      );
      assert.deepEqual(
        byCao.map(({account}) => account),
        ['alpha', 'beta'],
      );
    });

    it('that the backend takes back needs a login, in the gateway and live', async () => {
      world.simulator.account('alpha').fail(unauthorized('token_revoked'));
      const result = await world.exec(['say: hello'], {flags: ['--gateway']});
      assert.equal(result.exitCode, 0, result.stderr);
      assert.deepEqual(world.answered, ['beta']);
      const [alpha] = await world.sandbox.store.accounts();
      assert.equal(alpha?.status.blocked?.kind, 'auth');
      assert.match(alpha.status.blocked.reason, /personal access token/);
    });

    it('is made into a login by the real Codex, from stdin', async () => {
      const {personal_access_token: token} = world.simulator.account('gov').personalAccessTokenJson();
      const result = await world.cao(['add', 'robot', '--with-access-token', '--json'], {
        input: `${String(token)}\n`,
      });
      assert.equal(result.exitCode, 0, result.stderr);
      const added = JSON.parse(result.stdout) as Record<string, unknown>;
      assert.equal(added['kind'], 'access-token');
      assert.equal(added['email'], 'gov@example.test');
      assert.ok(!(result.stdout + result.stderr).includes(String(token)));
    });
  });

  it('no login is deleted by a run, whatever its kind', async () => {
    for (const file of ['auth-bedrock', 'auth-agentid', 'auth-emptyaccess', 'auth-apikey']) {
      const auth = JSON.parse(
        await readFile(join(PROJECT_ROOT, 'test', 'fixtures', 'cases', `${file}.json`), 'utf8'),
      ) as Record<string, unknown>;
      await writeData(world.sandbox, 'alpha/auth.json', auth);
      await world.exec(['say: hello'], {flags: ['--account', 'alpha', '--no-fallback']});
      const expected = file === 'auth-emptyaccess' ? {...auth, tokens: null} : auth;
      assert.deepEqual(await authOf('alpha'), expected, file);
    }
  });

  it('a login that a trusted project, or the arguments, would have Codex delete is not started on', async () => {
    const auth = await authOf('alpha');
    const project = join(world.sandbox.home, 'project');
    await mkdir(join(project, '.codex'), {recursive: true});
    await writeFile(join(project, '.codex', 'config.toml'), 'forced_login_method = "api"\n');
    assert.equal((await world.exec(['say: hello'], {cwd: project})).exitCode, 0, 'nobody trusts it yet');
    const config = join(home('alpha'), 'config.toml');
    const trust = `\n[projects.${JSON.stringify(project)}]\ntrust_level = "trusted"\n`;
    await writeFile(config, (await readFile(config, 'utf8')) + trust);
    for (const flags of [[], ['--gateway']]) {
      const result = await world.exec(['say: hello'], {flags, cwd: project});
      assert.equal(result.exitCode, 1, result.stderr);
      assert.match(result.stderr, /forced_login_method is "api" in .*\/project\/\.codex\/config\.toml/);
      assert.match(result.stderr, /or start Codex outside that project/);
      assert.doesNotMatch(result.stderr, /Logging out/);
      assert.deepEqual(await authOf('alpha'), auth);
    }
    const given = ['-c', 'forced_login_method="api"', 'say: hello'];
    const refused = await world.exec(given, {flags: ['--account', 'alpha']});
    assert.match(refused.stderr, /forced_login_method is "api" in the arguments for Codex/);
    assert.deepEqual(await authOf('alpha'), auth);
    const out = await world.cao(['run', '--', 'logout']);
    assert.equal(out.exitCode, 0, out.stderr);
    await assert.rejects(authOf('alpha'), {code: 'ENOENT'});
  });

  describe('a login that its workspace has Codex delete', () => {
    let business: World;
    const login = async (): Promise<unknown> =>
      JSON.parse(await readFile(join(business.sandbox.accountHome('biz'), 'auth.json'), 'utf8'));

    beforeEach(async () => {
      business = await World.create({name: 'biz', plan: 'business'});
      business.simulator.account('biz').workspaceSettings = ['forced_chatgpt_workspace_id = "other"\n'];
    });
    afterEach(() => business.close());

    it('is put back, and the next run is not started as long as Codex goes by that', async () => {
      const auth = await login();
      const first = await business.exec(['say: hello']);
      assert.equal(first.exitCode, 1, first.stderr);
      assert.match(first.stderr, /Login is restricted to workspace.*Logging out/);
      assert.match(first.stderr, /cao has put it back/);
      assert.deepEqual(await login(), auth);
      const second = await business.exec(['say: hello']);
      assert.match(
        second.stderr,
        /another workspace than forced_chatgpt_workspace_id says in .*cloud-config/,
      );
      assert.doesNotMatch(second.stderr, /Logging out/);
      assert.deepEqual(await login(), auth);
    });

    it('is put back by the next command when cao was killed meanwhile', async () => {
      const auth = await login();
      const program = join(business.sandbox.home, 'slow-codex');
      const end = join(business.sandbox.home, 'end');
      // Codex itself, and a while in which cao does not learn that it has ended.
      const lines = [`${JSON.stringify(CODEX)} "$@"`, 'status=$?', '[ "$1" = --version ] && exit'];
      const wait = `for i in $(seq 3000); do [ -e ${JSON.stringify(end)} ] && exit $status; sleep 0.01; done`;
      await writeFile(program, ['#!/bin/sh', ...lines, wait, ''].join('\n'), {mode: 0o755});
      let kill = (): void => undefined;
      const run = business.exec(['say: hello'], {
        flags: ['--codex', program],
        onStart: (child) => (kill = () => void child.kill('SIGKILL')),
      });
      await until(
        async () =>
          login().then(
            () => false,
            () => true,
          ),
        'deleted by Codex',
      );
      kill();
      await writeFile(end, '');
      await run;
      const listed = await business.cao(['list']);
      assert.match(listed.stderr, /The login of biz was gone after a cao that was killed/);
      assert.deepEqual(await login(), auth);
    });
  });

  it('an API key is made into a login by the real Codex, from stdin, and stays', async () => {
    const {OPENAI_API_KEY: key} = world.simulator.account('alpha').apiKeyJson();
    const added = await world.cao(['add', 'spare', '--with-api-key', '--json'], {input: `${String(key)}\n`});
    assert.equal(added.exitCode, 0, added.stderr);
    assert.equal((JSON.parse(added.stdout) as {kind: string}).kind, 'api-key');
    const config = await readFile(join(home('spare'), 'config.toml'), 'utf8');
    assert.match(config, /^forced_login_method = "api"$/m);
    const status = await world.codex(home('spare'), ['login', 'status']);
    assert.match(status.stdout + status.stderr, /API key configured/);
    assert.ok(!(added.stdout + added.stderr).includes(String(key)));
  });

  it('a run through the gateway says what it cannot use, and ends where that is all there is', async () => {
    for (const name of ['alpha', 'beta', 'gov'])
      await writeData(world.sandbox, `${name}/auth.json`, world.simulator.account(name).apiKeyJson());
    const result = await world.exec(['say: hello'], {flags: ['--gateway']});
    assert.equal(result.exitCode, 1, result.stderr);
    assert.match(result.stderr, /Skipping beta: not for the gateway: an API key/);
    assert.deepEqual(world.asked, []);
  });

  it('tokens of another program are used, and never refreshed', async () => {
    const tokens = world.simulator.account('alpha').authJson(60);
    await writeData(world.sandbox, 'alpha/auth.json', {...tokens, auth_mode: 'chatgptAuthTokens'});
    assert.equal((await world.exec(['say: hello'], {flags: ['--gateway']})).exitCode, 0);
    assert.deepEqual(world.answered, ['alpha']);
    world.simulator.account('alpha').fail(unauthorized('token_expired'));
    assert.equal((await world.exec(['say: hello'], {flags: ['--gateway']})).exitCode, 0);
    const refreshed = world.simulator.requests.filter(({route}) => route === 'refresh');
    assert.deepEqual(
      refreshed.filter(({account}) => account === 'alpha'),
      [],
    );
  });

  it('the gateway says for each account whether it is for US authorities, whoever the client is', async () => {
    await world.sandbox.store.setDefault('gov');
    world.simulator.account('gov').fail(quota(), {from: 2});
    const result = await world.exec(['-s', 'danger-full-access', 'shell: echo one'], {flags: ['--gateway']});
    assert.equal(result.exitCode, 0, result.stderr);
    assert.deepEqual(world.asked, ['gov', 'gov', 'alpha']);
  });
});
