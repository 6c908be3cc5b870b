import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, readFile, stat, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {type AddressInfo, createServer as createTcpServer} from 'node:net';
import {join} from 'node:path';

import {writeSimulatedHome, type Simulator} from '../../src/simulator/index.js';
import {CAO, type CaoResult, PROJECT_ROOT, cao as caoProcess} from '../support/cao.js';
import {outputOf, say} from '../support/gateway.js';
import {caoInProcess as cao} from '../support/in-process.js';
import type {Sandbox} from '../support/sandbox.js';
import {until} from '../support/until.js';
import {World} from '../support/world.js';
import {readJson} from '../support/files.js';

const OWN_PROVIDER = await readFile(
  join(PROJECT_ROOT, 'test/fixtures/cases/config-own-provider.toml'),
  'utf8',
);

async function freePort(): Promise<number> {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('cao gateway', () => {
  let world: World;
  let sandbox: Sandbox;
  let simulator: Simulator;
  let port: number;

  beforeEach(async () => {
    world = await World.create('a', 'b');
    ({sandbox, simulator} = world);
    port = await freePort();
    world.beforeClose(() => cao(sandbox, ['gateway', 'stop', '--port', String(port)]));
  });
  afterEach(() => world.close());

  const start = (...more: string[]): Promise<CaoResult> =>
    caoProcess(sandbox, [
      'gateway',
      'start',
      '--detach',
      '--port',
      String(port),
      '--base-url',
      simulator.codexBaseUrl,
      ...more,
    ]);
  const url = (): string => `http://127.0.0.1:${port}`;
  const secret = async (): Promise<string> => (await cao(sandbox, ['gateway', 'token'])).stdout.trim();

  it('is found on the port that it was started on, configured or not', async () => {
    const started = await start();
    assert.equal(started.exitCode, 0, started.stderr);
    assert.match((await cao(sandbox, ['gateway', 'status'])).stdout, new RegExp(`runs at ${url()}`));
    assert.equal((await cao(sandbox, ['gateway', 'stop'])).stdout, `Stopped the gateway at ${url()}.\n`);
  });

  it('starts in the background, serves, tells its state, and stops', async () => {
    const started = await start('--save');
    assert.equal(started.exitCode, 0, started.stderr);
    assert.match(started.stdout, new RegExp(`runs at ${url()} \\(pid \\d+\\)`));
    const again = await start();
    assert.equal(again.exitCode, 1);
    assert.match(again.stderr, /A gateway runs at .* already/);
    const token = await secret();
    await outputOf(
      await fetch(`${url()}/v1/responses`, {
        method: 'POST',
        headers: {authorization: `Bearer ${token}`},
        body: JSON.stringify(say('hi')),
      }),
    );
    const status = JSON.parse((await cao(sandbox, ['gateway', 'status', '--json'])).stdout) as {
      running: boolean;
      pid: number;
      url: string;
      uptimeMs: number;
      requests: number;
      config: {port: number};
      accounts: {name: string; state: string; requests: number}[];
    };
    assert.equal(status.running, true);
    assert.equal(status.url, url());
    assert.equal(status.config.port, port);
    assert.equal(status.requests, 1);
    assert.ok(status.uptimeMs > 0 && status.pid > 0);
    assert.deepEqual(
      status.accounts.map(({name, state, requests}) => ({name, state, requests})),
      [
        {name: 'a', state: 'ready', requests: 1},
        {name: 'b', state: 'ready', requests: 0},
      ],
    );
    const logs = await cao(sandbox, ['gateway', 'logs']);
    assert.match(logs.stdout, /http POST responses thread=- account=a status=200 \d+ms/);
    assert.ok(!logs.stdout.includes(token));
    const stopped = await cao(sandbox, ['gateway', 'stop']);
    assert.equal(stopped.exitCode, 0, stopped.stderr);
    await assert.rejects(fetch(`${url()}/health`));
    const after = JSON.parse((await cao(sandbox, ['gateway', 'status', '--json'])).stdout) as typeof status;
    assert.equal(after.running, false);
    assert.equal(after.accounts.length, 2);
    assert.equal((await cao(sandbox, ['gateway', 'stop'])).exitCode, 1);
  });

  it('runs in the foreground with one line a request, and drains on SIGTERM', async () => {
    const args = ['gateway', 'start', '--port', String(port), '--base-url', simulator.codexBaseUrl];
    const child = spawn(process.execPath, [CAO, ...args], {env: sandbox.environment(), cwd: sandbox.home});
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    await until(() => out.includes('listening on'), 'the gateway to listen');
    const hold = simulator.account('a').hold({at: 'output'});
    const answer = fetch(`${url()}/v1/responses`, {
      method: 'POST',
      headers: {authorization: `Bearer ${await secret()}`},
      body: JSON.stringify(say('say: finished')),
    });
    await hold.reached;
    child.kill('SIGTERM');
    await until(
      () =>
        fetch(`${url()}/health`).then(
          () => false,
          () => true,
        ),
      'the port to close',
    );
    hold.release();
    assert.match(JSON.stringify(await outputOf(await answer)), /finished/);
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
    assert.match(out, /http POST responses .* status=200/);
    assert.ok(((await sandbox.store.account('a')).status.lastSuccessAtMs ?? 0) > 0);
  });

  it('prints one secret, private to its owner, for all gateways of the data folder', async () => {
    const first = await secret();
    assert.match(first, /^cao-[\w-]{40,}$/);
    assert.equal(await secret(), first);
    const {mode} = await stat(join(sandbox.dataDir, 'gateway.secret'));
    assert.equal(mode & 0o777, 0o600);
  });

  it('refuses to be reached by other machines unless that is meant', async () => {
    const refused = await cao(sandbox, ['gateway', 'start', '--bind', '0.0.0.0', '--port', String(port)]);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /--allow-remote/);
  });

  it('keeps keys of gateway.json that it does not know', async () => {
    await writeFile(join(sandbox.dataDir, 'gateway.json'), JSON.stringify({port: 1, theirs: {kept: true}}));
    await start('--save', '--cooldown-seconds', '60');
    const file = await readJson<Record<string, unknown>>(join(sandbox.dataDir, 'gateway.json'));
    assert.equal(file['port'], port);
    assert.equal(file['cooldownSeconds'], 60);
    assert.deepEqual(file['theirs'], {kept: true});
  });

  it('takes a stranger on its port neither for itself nor for a place to send the secret to', async () => {
    // There is a secret that could leak.
    await secret();
    const seen: (string | undefined)[] = [];
    const stranger = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end(JSON.stringify({status: 'ok', proof: 'guess'}));
    });
    stranger.listen(port, '127.0.0.1');
    await once(stranger, 'listening');
    const status = await cao(sandbox, ['gateway', 'status', '--json', '--port', String(port)]);
    assert.equal((JSON.parse(status.stdout) as {running: boolean}).running, false);
    assert.equal((await cao(sandbox, ['gateway', 'stop', '--port', String(port)])).exitCode, 1);
    assert.ok(seen.length >= 2 && seen.every((value) => value === undefined));
    stranger.closeAllConnections();
    stranger.close();
    await once(stranger, 'close');
  });

  describe('enable and disable', () => {
    const original = '# mine\nmodel = "gpt-5.5" # kept\n\n[tools]\nweb_search = true\n';
    let codexHome: string;
    let config: string;

    beforeEach(async () => {
      codexHome = join(sandbox.home, '.codex');
      config = join(codexHome, 'config.toml');
      await mkdir(codexHome);
      await writeFile(config, original);
    });

    it('puts the route in, trusts the home, and restores the file byte for byte', async () => {
      const enabled = await cao(sandbox, ['gateway', 'enable', '--base-url', url()]);
      assert.equal(enabled.exitCode, 0, enabled.stderr);
      const text = await readFile(config, 'utf8');
      assert.match(text, new RegExp(`^openai_base_url = "${url()}/v1"`, 'm'));
      assert.match(text, /hide_rate_limit_model_nudge = true/);
      assert.ok(text.includes(original));
      await writeSimulatedHome(join(sandbox.home, 'elsewhere'), simulator, 'a');
      await writeFile(
        join(codexHome, 'auth.json'),
        await readFile(join(sandbox.home, 'elsewhere', 'auth.json')),
      );
      await start();
      const {tokens} = await readJson<{
        tokens: {access_token: string};
      }>(join(codexHome, 'auth.json'));
      const answer = await fetch(`${url()}/v1/responses`, {
        method: 'POST',
        headers: {authorization: `Bearer ${tokens.access_token}`},
        body: JSON.stringify(say('hi')),
      });
      assert.equal(answer.status, 200);
      await answer.text();
      const disabled = await cao(sandbox, ['gateway', 'disable']);
      assert.equal(disabled.exitCode, 0, disabled.stderr);
      assert.equal(await readFile(config, 'utf8'), original);
    });

    it('takes only its own keys out after the user has edited the file', async () => {
      await cao(sandbox, ['gateway', 'enable']);
      await cao(sandbox, ['gateway', 'enable', '--base-url', url()]);
      await writeFile(config, (await readFile(config, 'utf8')).replace('gpt-5.5', 'gpt-6-luna'));
      await cao(sandbox, ['gateway', 'disable']);
      assert.equal(await readFile(config, 'utf8'), original.replace('gpt-5.5', 'gpt-6-luna'));
    });

    for (const [what, more, env, reason] of [
      [
        'a provider of its own',
        OWN_PROVIDER,
        {},
        /model_provider = "mine" in .* leads to a provider of its own/,
      ],
      [
        'a proxy that gets the requests for this machine',
        '',
        {HTTP_PROXY: 'http://proxy.test:1', NO_PROXY: '*'},
        /HTTP_PROXY leads requests for 127\.0\.0\.1 to a proxy/,
      ],
    ] as [string, string, Record<string, string>, RegExp][]) {
      const text = `${more}\n`;
      it(`refuses, and changes nothing, in the way of ${what}`, async () => {
        await writeFile(config, text);
        const result = await cao(sandbox, ['gateway', 'enable', '--base-url', url(), '--json'], {env});
        assert.equal(result.exitCode, 1, result.stderr);
        const {error} = JSON.parse(result.stdout) as {error: {code: string; message: string}};
        assert.equal(error.code, 'route_blocked');
        assert.match(error.message, reason);
        assert.equal(await readFile(config, 'utf8'), text);
      });
    }

    it('gives config.toml back when the installed Codex shows that it goes elsewhere', async () => {
      const bin = join(sandbox.home, 'bin');
      await mkdir(bin);
      // It asks the backend itself, whatever openai_base_url says.
      const script = [
        `#!${process.execPath}`,
        `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';`,
        `const text = require('fs').readFileSync(process.env.CODEX_HOME + '/config.toml', 'utf8');`,
        `const base = /^chatgpt_base_url = "(.*)"/m.exec(text)[1];`,
        `void fetch(base + '/codex/responses', {method: 'POST', body: '{}'});`,
      ];
      await writeFile(join(bin, 'codex'), `${script.join('\n')}\n`, {mode: 0o755});
      const env = {PATH: bin};
      const result = await cao(sandbox, ['gateway', 'enable', '--base-url', url()], {env});
      assert.equal(result.exitCode, 1, result.stderr);
      assert.match(result.stderr, /would not go through the gateway: the requests go to the backend around/);
      assert.equal(await readFile(config, 'utf8'), original);
    });

    it('installs a codex that routes only while the gateway answers', async () => {
      const fake = join(sandbox.home, 'real-codex');
      await writeFile(fake, '#!/bin/sh\nprintf "%s\\n" "$@"\n', {mode: 0o755});
      const enabled = await cao(sandbox, [
        'gateway',
        'enable',
        '--base-url',
        url(),
        '--shim',
        '--codex',
        fake,
      ]);
      assert.equal(enabled.exitCode, 0, enabled.stderr);
      const shim = join(sandbox.home, '.local', 'bin', 'codex');
      const run = async (): Promise<string> => {
        const child = spawn(shim, ['exec', 'hi there'], {env: sandbox.environment()});
        let out = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
        await once(child, 'close');
        return out;
      };
      const direct = await run();
      assert.match(direct, /openai_base_url="https:\/\/chatgpt\.com\/backend-api\/codex"\nexec\nhi there\n$/);
      await start();
      assert.match(await run(), new RegExp(`openai_base_url="${url()}/v1"\n-c\nnotice.*\nexec\nhi there\n$`));
      await cao(sandbox, ['gateway', 'disable']);
      await assert.rejects(stat(shim));
    });
  });
});
