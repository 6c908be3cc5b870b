import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readFile, writeFile} from 'node:fs/promises';
import {type Server, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';

import {PROJECT_ROOT} from '../support/cao.js';
import {World} from '../support/world.js';

const QUOTA = {error: {type: 'usage_limit_reached', message: 'used up', resets_in_seconds: 3600}};

describe('a provider of the user’s own, with the real Codex', function () {
  this.timeout(60_000);

  let world: World;
  let provider: Server;
  let asked: string[];
  let block: string;
  let config: string;
  before(async () => {
    world = await World.create('a', 'b');
    provider = createServer((request, response) => {
      if (request.method === 'POST') asked.push(request.url ?? '');
      response.writeHead(429, {'content-type': 'application/json'}).end(JSON.stringify(QUOTA));
    });
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    const {port} = provider.address() as AddressInfo;
    const fixture = join(PROJECT_ROOT, 'test/fixtures/cases/config-own-provider.toml');
    block = (await readFile(fixture, 'utf8'))
      .replace(/^model_provider.*\n/, '')
      .replace('127.0.0.1:34272', `127.0.0.1:${port}`);
    config = await readFile(join(world.sandbox.accountHome('a'), 'config.toml'), 'utf8');
    await world.leaveGatewayToRuns();
  });
  after(async () => {
    provider.closeAllConnections();
    provider.close();
    await world.close();
  });
  beforeEach(() => {
    asked = [];
  });

  for (const [where, head, files, args] of [
    ['config.toml', 'model_provider = "mine"\n', {}, []],
    ['a profile', '', {'p.config.toml': 'model_provider = "mine"\n'}, ['--profile', 'p']],
    ['the arguments', '', {}, ['-c', 'model_provider=mine']],
  ] as [string, string, Record<string, string>, string[]][]) {
    for (const flags of [[], ['--gateway']]) {
      it(`of ${where} is asked, and no account is, with ${flags.join(' ') || 'no flags'}`, async () => {
        const home = world.sandbox.accountHome('a');
        const all = {...files, 'config.toml': head + config + block};
        for (const [name, text] of Object.entries(all)) await writeFile(join(home, name), text);
        const mark = world.simulator.requests.length;
        const {exitCode, stderr} = await world.exec([...args, 'say: for my provider alone'], {flags});
        assert.equal(exitCode, 1, stderr);
        assert.ok(asked.length > 0, stderr);
        const got = world.simulator.requests.slice(mark).map(({route}) => route);
        assert.ok(!got.some((route) => ['responses', 'prewarm', 'upgrade'].includes(route)), got.join(' '));
        assert.match(
          stderr,
          /model_provider = "mine" in .* leads to a provider of its own: no account's quota/,
        );
        assert.doesNotMatch(stderr, /Using the gateway|Falling back/);
        assert.equal(/Not through the gateway: model_provider/.test(stderr), flags.length > 0);
        const [a] = await world.sandbox.store.accounts();
        assert.deepEqual([a?.status.cooldownUntilMs, a?.status.lastAttemptAtMs], [null, null]);
      });
    }
  }
});
