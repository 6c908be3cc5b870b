import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {quota} from '../../src/simulator/index.js';
import {openGatewayForRun} from '../../src/gateway/control/open-for-run.js';
import {updateGatewayConfig} from '../../src/gateway/config/config.js';
import type {CaoResult} from '../support/cao.js';
import {threadOf} from '../support/codex-output.js';
import {type GatewayWorld, createGatewayWorld, decide} from '../support/gateway.js';

describe('threads and clients of the real codex', function () {
  this.timeout(90_000);
  let world: GatewayWorld;
  beforeEach(async () => {
    world = await createGatewayWorld();
  });
  afterEach(() => world.close());

  it('continue a thread through the gateway that was started directly, and the other way round', async () => {
    const home = world.sandbox.accountHome('a');
    const direct = (...args: string[]): Promise<CaoResult> =>
      world.codex(home, ['exec', '--skip-git-repo-check', ...args]);
    const thread = threadOf((await direct('say: one')).stderr);
    const through = await world.execThrough('resume', thread, 'say: two');
    assert.equal(through.exitCode, 0, through.stderr);
    const back = await direct('resume', thread, 'recall');
    assert.equal(back.exitCode, 0, back.stderr);
    assert.match(back.stdout, /say: one.*say: two/);
    world.simulator.account('a').fail(quota());
    const moved = await world.execThrough('resume', thread, 'recall');
    assert.equal(moved.exitCode, 0, moved.stderr);
    assert.deepEqual(world.answered, ['a', 'a', 'a', 'b']);
  });

  it('keep one thread where it is while another one moves', async () => {
    const b = world.simulator.account('b');
    world.simulator.account('a').fail(quota(), {from: 3});
    const hold = world.simulator.account('a').hold({from: 2});
    const one = world.execThrough('shell: echo one\nshell: echo two\nshell: echo three');
    await hold.reached;
    await world.sandbox.store.setDefault('b');
    const two = world.execThrough('shell: echo four\nshell: echo five');
    hold.release();
    const [first, second] = await Promise.all([one, two]);
    assert.equal(first.stdout, 'Done: three\n', first.stderr);
    assert.equal(second.stdout, 'Done: five\n', second.stderr);
    assert.ok(b.responseRequests >= 4);
    const switches = world.log.lines.filter((line) => line.startsWith('switch'));
    assert.equal(switches.length, 1, switches.join('\n'));
  });

  it('may present the secret in place of a login', async () => {
    const home = join(world.sandbox.home, 'api-key-home');
    await mkdir(home);
    await writeFile(
      join(home, 'auth.json'),
      JSON.stringify({auth_mode: 'apikey', OPENAI_API_KEY: world.secret}),
      {mode: 0o600},
    );
    const {exitCode, stdout, stderr} = await world.codexThrough(home, [
      'exec',
      '--skip-git-repo-check',
      'say: hello',
    ]);
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout, 'hello\n');
    assert.deepEqual(world.answered, ['a']);
  });

  it('are served by a running gateway of ours, else by one of the run itself', async () => {
    const {store} = world.sandbox;
    const problem = (text: string): void => assert.fail(text);
    const {port} = world.gateway;
    const baseUrl = world.simulator.codexBaseUrl;
    await updateGatewayConfig(store.folder, problem, (config) => ({...config, port, baseUrl}));
    const shared = await openGatewayForRun({store, decide, rule: null, baseUrl, onProblem: problem});
    assert.deepEqual([shared.url, shared.own], [world.gateway.url, false]);
    await shared.close();
    await world.gateway.close({drainMs: 0});
    const own = await openGatewayForRun({store, decide, rule: null, baseUrl, onProblem: problem});
    assert.equal(own.own, true);
    world.gateway = {...world.gateway, url: own.url};
    const {exitCode, stdout, stderr} = await world.execThrough('say: hello');
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout, 'hello\n');
    await own.close();
    await assert.rejects(fetch(`${own.url}/health`));
    await assert.rejects(
      openGatewayForRun({
        store,
        decide,
        rule: null,
        baseUrl,
        onProblem: problem,
        url: world.simulator.httpUrl,
      }),
      /not a gateway of this data folder/,
    );
  });
});
