import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {readAuthFile, writeAuthFile} from '../../../src/codex/login/auth-file.js';
import {tokenUrl} from '../../../src/codex/tokens/token-endpoint.js';
import {TokenRelay, withRelayedTokens} from '../../../src/codex/tokens/token-relay.js';
import {writeSimulatedHome} from '../../../src/simulator/index.js';
import {readJson} from '../../support/files.js';
import {World} from '../../support/world.js';

const VARIABLE = 'CODEX_REFRESH_TOKEN_URL_OVERRIDE';

const unsaid = (line: string): void => assert.fail(line);

type Answer = {status: number; body: Record<string, unknown>};

describe('the token endpoint of a Codex that cao has started', () => {
  let world: World;
  let home: string;
  let relay: TokenRelay;
  let url: string;
  let restore: () => void;

  beforeEach(async () => {
    world = await World.create('alpha', 'beta');
    home = world.sandbox.accountHome('alpha');
    const before = {
      [VARIABLE]: process.env[VARIABLE],
      CODEX_CA_CERTIFICATE: process.env['CODEX_CA_CERTIFICATE'],
    };
    restore = () => {
      for (const [name, value] of Object.entries(before))
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
    };
    Object.assign(process.env, world.env, {[VARIABLE]: world.simulator.tokenUrl});
    const opened = await TokenRelay.open({home, accountName: 'alpha', clientId: 'app', notify: unsaid});
    assert.ok(opened);
    relay = opened;
    url = relay.environment[VARIABLE] ?? '';
  });
  afterEach(async () => {
    restore();
    await relay.close();
    await world.close();
  });

  const refreshes = (): unknown[] =>
    world.simulator.requests
      .filter(({route}) => route === 'refresh')
      .map(({account, status}) => [account, status]);
  const tokens = async (of = home): Promise<Record<string, string>> =>
    (await readJson<{tokens: Record<string, string>}>(join(of, 'auth.json'))).tokens;
  const post = async (body: unknown, to = url): Promise<Answer> => {
    const response = await fetch(to, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {status: response.status, body: (await response.json()) as Record<string, unknown>};
  };
  const exchange = (refreshToken: string | undefined): Promise<Answer> =>
    post({
      client_id: 'codex',
      grant_type: 'refresh_token',
      refresh_reason: 'forced',
      refresh_token: refreshToken,
    });

  it('exchanges a token once, however many ask for it, and has the new ones on disk', async () => {
    const {refresh_token: spent} = await tokens();
    const answers = await Promise.all(Array.from({length: 8}, () => exchange(spent)));
    const {id_token, access_token, refresh_token} = await tokens();
    for (const {status, body} of answers)
      assert.deepEqual([status, body], [200, {id_token, access_token, refresh_token}]);
    assert.notEqual(refresh_token, spent);
    assert.deepEqual(refreshes(), [['alpha', 200]]);
  });

  it('gives the tokens that others have got meanwhile to a Codex that has older ones', async () => {
    const {refresh_token: stale} = await tokens();
    const state = await readAuthFile(home);
    assert.ok(state.kind === 'ok');
    await writeAuthFile(home, {...state.auth, ...world.simulator.account('alpha').authJson()});
    const {status, body} = await exchange(stale);
    assert.deepEqual([status, body['access_token']], [200, (await tokens())['access_token']]);
    assert.deepEqual(refreshes(), []);
  });

  it('sends the token of another home to the endpoint as it came', async () => {
    const other = join(world.sandbox.home, 'other');
    await writeSimulatedHome(other, world.simulator, 'beta');
    const before = await tokens();
    const {status, body} = await exchange((await tokens(other))['refresh_token']);
    assert.equal(status, 200);
    assert.notEqual(body['access_token'], before['access_token']);
    assert.deepEqual(await tokens(), before);
    assert.deepEqual(refreshes(), [['beta', 200]]);
    assert.equal((world.simulator.requests.at(-1)?.body as {client_id?: string}).client_id, 'codex');
  });

  it('tells a refusal as the provider did', async () => {
    world.simulator.account('alpha').tokens.expireRefreshTokens();
    const {status, body} = await exchange((await tokens())['refresh_token']);
    assert.deepEqual([status, (body['error'] as {code: string}).code], [401, 'refresh_token_expired']);
  });

  it('tells trouble on the way as what passes', async () => {
    const {refresh_token: token} = await tokens();
    await world.simulator.close();
    const {status} = await exchange(token);
    assert.equal(status, 503);
    assert.equal((await tokens())['refresh_token'], token);
  });

  const others: [what: string, ask: () => Promise<{status: number}>, status: number][] = [
    ['another path', () => post({}, new URL('/', url).href), 404],
    ['another method', () => fetch(url), 404],
    ['no token', () => post({grant_type: 'refresh_token'}), 400],
    ['no JSON', () => post('refresh_token=x'), 400],
    ['too much', () => post({refresh_token: 'x'.repeat(70_000)}), 400],
  ];
  for (const [what, ask, expected] of others) {
    it(`answers ${expected} to ${what}`, async () => {
      assert.equal((await ask()).status, expected);
      assert.deepEqual(refreshes(), []);
    });
  }

  const surroundings: {
    what: string;
    env?: NodeJS.ProcessEnv;
    dotenv?: string;
    args?: string[];
    relayed: boolean;
    noProxy?: string;
  }[] = [
    {what: 'without a proxy', relayed: true},
    {what: 'for a login', args: ['login', '--device-auth'], relayed: false},
    {what: 'for a logout', args: ['logout'], relayed: false},
    {
      what: 'past a proxy of the environment',
      env: {HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'intern.test'},
      relayed: true,
      noProxy: 'intern.test,127.0.0.1,localhost,::1',
    },
    {what: 'past a proxy for https alone', env: {HTTPS_PROXY: 'http://127.0.0.1:9'}, relayed: true},
    {
      what: 'where the home’s .env leads it to a proxy',
      dotenv: 'NO_PROXY=x\nALL_PROXY=http://127.0.0.1:9\n',
      relayed: false,
    },
    {
      what: 'where the home’s .env names a proxy alone',
      dotenv: 'HTTP_PROXY=http://127.0.0.1:9\n',
      relayed: true,
    },
  ];
  for (const {what, env = {}, dotenv, args = ['exec', 'hi'], relayed, noProxy} of surroundings) {
    it(`is ${relayed ? '' : 'not '}named to a Codex ${what}`, async () => {
      if (dotenv !== undefined) await writeFile(join(home, '.env'), dotenv);
      const options = {home, accountName: 'alpha', clientId: 'app', notify: unsaid, args, env};
      const given = await withRelayedTokens(options, (all) => Promise.resolve(all));
      assert.equal(/cao-relays/.test(given[VARIABLE] ?? ''), relayed);
      if (!relayed) assert.equal(given, env);
      if (noProxy !== undefined) assert.equal(given['NO_PROXY'], noProxy);
    });
  }

  it('is passed by for a cao below it, which takes the same lock', () => {
    assert.equal(tokenUrl(relay.environment), world.simulator.tokenUrl);
  });

  it('is not there for a login that is not refreshed, nor where none is to be', async () => {
    const open = (at: string): Promise<TokenRelay | null> =>
      TokenRelay.open({home: at, accountName: 'x', clientId: 'app', notify: unsaid});
    assert.equal(await open(world.sandbox.home), null);
    await writeAuthFile(join(world.sandbox.accountHome('beta')), {OPENAI_API_KEY: 'sk-0123456789'});
    assert.equal(await open(world.sandbox.accountHome('beta')), null);
    process.env[VARIABLE] = 'none:tokens-are-refreshed-by-cao';
    assert.equal(await open(home), null);
  });
});
