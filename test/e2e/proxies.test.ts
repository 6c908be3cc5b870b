import assert from 'node:assert/strict';
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {writeAuthFile} from '../../src/codex/login/auth-file.js';
import {ConnectProxy} from '../support/connect-proxy.js';
import {type GatewayWorld, createGatewayWorld} from '../support/gateway.js';
import type {CaoResult} from '../support/cao.js';

describe('proxies, with the real Codex', function () {
  this.timeout(90_000);

  let world: GatewayWorld;
  let proxy: ConnectProxy;
  before(async () => {
    world = await createGatewayWorld({accounts: ['a']});
  });
  after(() => world.close());
  beforeEach(async () => {
    proxy = await ConnectProxy.start();
    await world.leaveGatewayToRuns();
    await rm(join(world.sandbox.accountHome('a'), '.env'), {force: true});
  });
  afterEach(() => proxy.close());

  const run = (env: Record<string, string>): Promise<CaoResult> =>
    world.exec(['say: hello'], {flags: ['--gateway'], env});

  /** What the proxy got of the requests for the gateway that a run says it uses. */
  function gotOfGateway(stderr: string): string[] {
    const port = /Using the gateway at http:\/\/127\.0\.0\.1:(\d+)/.exec(stderr)?.[1];
    assert.ok(port, stderr);
    return [...proxy.asked, ...proxy.plain].filter((target) => target.includes(`127.0.0.1:${port}`));
  }

  const TRANSPORTS = [
    ['WebSockets', true],
    ['HTTP', false],
  ] as const;

  for (const [transport, webSocket] of TRANSPORTS) {
    it(`are the only way out for a run through a gateway, over ${transport}, and for its tokens`, async () => {
      world.simulator.setWebSocket(webSocket);
      const {port} = new URL(world.simulator.httpsUrl);
      const backend = `https://backend.test:${port}`;
      await world.leaveGatewayToRuns(`${backend}/backend-api/codex`);
      const home = world.sandbox.accountHome('a');
      await writeAuthFile(home, world.simulator.account('a').authJson(60));
      const mark = world.simulator.requests.length;
      const result = await run({
        HTTPS_PROXY: proxy.url,
        CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${backend}/oauth/token`,
      });
      assert.equal(result.stdout, 'hello\n', result.stderr);
      const refreshed = world.simulator.requests.slice(mark).filter(({route}) => route === 'refresh');
      assert.deepEqual(
        refreshed.map(({scheme}) => scheme),
        ['https'],
      );
      assert.ok(proxy.asked.includes(`backend.test:${port}`));
    });

    for (const [where, env, dotEnv] of [
      ['http_proxy', () => ({http_proxy: proxy.url}), () => null],
      ['HTTP_PROXY, beside NO_PROXY=*', () => ({HTTP_PROXY: proxy.url, NO_PROXY: '*'}), () => null],
      ['ALL_PROXY', () => ({ALL_PROXY: proxy.url, NO_PROXY: 'other.test'}), () => null],
      ['HTTP_PROXY in .env', () => ({}), () => `HTTP_PROXY=${proxy.url}\n`],
    ] as [string, () => Record<string, string>, () => string | null][]) {
      it(`get nothing of what goes to a gateway on this machine: ${where}, ${transport}`, async () => {
        world.simulator.setWebSocket(webSocket);
        const text = dotEnv();
        if (text !== null) await writeFile(join(world.sandbox.accountHome('a'), '.env'), text);
        // The gateway itself asks a backend that is at hand without the proxy.
        const result = await run({...env(), HTTPS_PROXY: '', NO_PROXY: env()['NO_PROXY'] ?? 'localhost'});
        assert.equal(result.stdout, 'hello\n', result.stderr);
        assert.deepEqual(gotOfGateway(result.stderr), []);
      });
    }
  }

  it('would get it from a Codex of which nobody takes care', async () => {
    world.simulator.setWebSocket(true);
    const home = world.sandbox.accountHome('a');
    await world.codexThrough(home, ['exec', '--skip-git-repo-check', 'hi'], {env: {HTTP_PROXY: proxy.url}});
    const gateway = `127.0.0.1:${world.gateway.port}`;
    assert.ok(proxy.asked.includes(gateway), 'the WebSocket, with the token in its handshake');
    assert.ok(proxy.plain.some((target) => target.startsWith(`http://${gateway}/v1/models`)));
  });

  it('that a .env leads to in spite of all keep a run out of the gateway', async () => {
    const home = world.sandbox.accountHome('a');
    await writeFile(join(home, '.env'), `HTTP_PROXY=${proxy.url}\nNO_PROXY=other.test\n`);
    const result = await run({});
    assert.equal(result.stdout, 'hello\n', result.stderr);
    assert.match(
      result.stderr,
      /Not through the gateway: HTTP_PROXY leads .* to a proxy.*\. Add 127\.0\.0\.1,localhost,::1 to NO_PROXY in .*\.env\./,
    );
    assert.doesNotMatch(result.stderr, /Using the gateway/);
    assert.deepEqual(proxy.plain, []);
  });
});
