import assert from 'node:assert/strict';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';

import {writeData} from '../support/accounts.js';
import {readJson} from '../support/files.js';
import {World} from '../support/world.js';

describe('a token that runs out, with the real Codex', function () {
  this.timeout(120_000);

  let world: World;
  beforeEach(async () => {
    world = await World.with({accounts: [{name: 'alpha'}, {name: 'beta'}], refreshDelayMs: 500});
    await writeData(world.sandbox, 'gateway.json', {baseUrl: world.simulator.codexBaseUrl, port: 1});
    await writeData(world.sandbox, 'alpha/auth.json', world.simulator.account('alpha').authJson(60));
  });
  afterEach(() => world.close());

  const refreshes = (): (number | null)[] =>
    world.simulator.requests.filter(({route}) => route === 'refresh').map(({status}) => status);

  it('is spent once by two runs and a look at once', async () => {
    const [one, two, look] = await Promise.all([
      world.exec(['say: one']),
      world.exec(['say: two'], {flags: ['--gateway']}),
      world.cao(['status', '--live', '--json']),
    ]);
    assert.equal(one.stdout, 'one\n', one.stderr);
    assert.equal(two.stdout, 'two\n', two.stderr);
    assert.equal(look.exitCode, 0, look.stderr);
    assert.deepEqual(refreshes(), [200]);
    await world.exec(['say: again']);
    await world.cao(['run', '--', 'features', 'list']);
    assert.deepEqual(refreshes(), [200], 'nothing is asked while it is good');
  });

  it('and is refused lets the next account work, unless its own was asked for', async () => {
    world.simulator.account('alpha').tokens.expireRefreshTokens();
    const result = await world.exec(['say: hello']);
    assert.equal(result.stdout, 'hello\n', result.stderr);
    assert.match(result.stderr, /Skipping alpha \(needs-login\)/);
    assert.deepEqual(world.asked, ['beta']);
    await writeData(world.sandbox, 'alpha/auth.json', world.simulator.account('alpha').authJson(60));
    world.simulator.account('alpha').tokens.expireRefreshTokens();
    const named = await world.exec(['say: hello'], {flags: ['--account', 'alpha']});
    assert.equal(named.exitCode, 1);
    assert.match(named.stderr, /alpha needs a new login \(refresh_token_expired\)/);
    assert.deepEqual(world.asked, ['beta']);
  });

  it('and cannot be kept lets the next account work, and is not spent', async () => {
    await mkdir(join(world.sandbox.accountHome('alpha'), 'auth.json.cao-next'));
    const result = await world.exec(['say: hello']);
    assert.equal(result.stdout, 'hello\n', result.stderr);
    assert.match(result.stderr, /Passing over alpha: .*no place for new tokens.*was not spent/);
    assert.deepEqual(world.asked, ['beta']);
    const named = await world.exec(['say: hello'], {flags: ['--account', 'alpha']});
    assert.equal(named.exitCode, 1);
    assert.match(named.stderr.replaceAll(/\s+/g, ' '), /no place for new tokens.*was not spent/);
    assert.deepEqual(refreshes(), []);
  });

  it('keeps no run from starting where it cannot be renewed', async () => {
    const path = join(world.sandbox.accountHome('alpha'), 'auth.json');
    const before = await readJson(path);
    const nowhere = {CODEX_REFRESH_TOKEN_URL_OVERRIDE: 'http://127.0.0.1:1/token'};
    const result = await world.exec(['say: hello'], {env: nowhere});
    assert.match(result.stderr, /The token of alpha could not be refreshed/);
    assert.equal(result.stdout, 'hello\n', result.stderr);
    assert.deepEqual(await readJson(path), before);
  });
});
