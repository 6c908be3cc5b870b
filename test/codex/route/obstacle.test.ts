import assert from 'node:assert/strict';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {gatewayObstacle} from '../../../src/codex/route/obstacle.js';
import {ownProvider} from '../../../src/codex/route/provider.js';

const BASE = 'http://127.0.0.1:4319/v1';
const PROXY = 'http://proxy.test:1';
const OWN = await readFile(
  join(import.meta.dirname, '../../fixtures/cases/config-own-provider.toml'),
  'utf8',
);
const BLOCK = OWN.replace(/^model_provider.*\n/, '');

type Home = {config?: string; files?: Record<string, string>; args?: string[]; env?: NodeJS.ProcessEnv};

describe('what stands in the way of a gateway', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'cao-test-'));
  });
  afterEach(() => rm(home, {recursive: true}));

  async function write({config, files = {}}: Home): Promise<void> {
    const all = {...files, ...(config === undefined ? {} : {'config.toml': config})};
    for (const [name, text] of Object.entries(all)) await writeFile(join(home, name), text);
  }

  const CASES: [what: string, home: Home, reason: RegExp | null][] = [
    ['nothing', {}, null],
    ['the built-in provider by its name', {config: `model_provider = "openai"\n${BLOCK}`}, null],
    ['a provider that nothing chooses', {config: BLOCK}, null],
    ['a config.toml that Codex refuses too', {config: 'model_provider = '}, null],
    ['a provider in config.toml', {config: OWN}, /^model_provider = "mine" in .*config\.toml leads/],
    [
      'a provider in a profile',
      {config: BLOCK, files: {'p.config.toml': 'model_provider = "mine"'}, args: ['--profile', 'p']},
      /^model_provider = "mine" in .*p\.config\.toml leads/,
    ],
    ['a profile that is not asked for', {files: {'p.config.toml': 'model_provider = "mine"'}}, null],
    [
      'a profile that goes back to the built-in one',
      {config: OWN, files: {'p.config.toml': 'model_provider = "openai"'}, args: ['exec', '-p', 'p']},
      null,
    ],
    [
      'a provider among the arguments',
      {config: BLOCK, args: ['exec', '-c', 'model_provider=mine', 'hi']},
      /^model_provider = "mine" in the arguments/,
    ],
    ['one there that goes back', {config: OWN, args: ['-c', 'model_provider="openai"']}, null],
    ['a prompt that reads like one', {args: ['exec', '--', '-c', 'model_provider=mine']}, null],
    ['--oss', {args: ['exec', '--oss']}, /^--oss/],
    ['--local-provider alone, which does nothing', {args: ['exec', '--local-provider', 'ollama']}, null],
    [
      'another address',
      {args: ['-c', 'openai_base_url="http://x.test/v1"']},
      /^openai_base_url = "http:\/\/x/,
    ],
    ['the same address', {args: ['-c', `openai_base_url="${BASE}"`]}, null],
    [
      'another address in config.toml, which is overridden',
      {config: 'openai_base_url = "http://x.test"'},
      null,
    ],
    ['another Codex', {args: ['--remote', 'ws://127.0.0.1:1']}, /^--remote ws:/],
    [
      'the address that Codex takes for its own',
      {config: 'chatgpt_base_url = "http://127.0.0.1:4319"', args: []},
      null,
    ],
    ['a proxy', {env: {HTTP_PROXY: PROXY}}, /^HTTP_PROXY leads requests for 127\.0\.0\.1 to a proxy/],
    ['a proxy of https: alone', {env: {HTTPS_PROXY: PROXY}}, null],
    ['a proxy for others', {env: {HTTP_PROXY: PROXY, NO_PROXY: '127.0.0.1'}}, null],
    ['a proxy in .env', {files: {'.env': `ALL_PROXY=${PROXY}`}}, /^ALL_PROXY/],
    [
      'a proxy in .env, for others by the environment',
      {files: {'.env': `ALL_PROXY=${PROXY}`}, env: {NO_PROXY: '127.0.0.1'}},
      null,
    ],
    [
      'a list in .env, which wins over the environment',
      {files: {'.env': `HTTP_PROXY=${PROXY}\nNO_PROXY=x.test`}, env: {NO_PROXY: '127.0.0.1'}},
      /^HTTP_PROXY/,
    ],
  ];
  for (const [what, each, reason] of CASES) {
    it(`${what}: ${reason === null ? 'nothing' : String(reason)}`, async () => {
      await write(each);
      const {args = [], env = {}} = each;
      const obstacle = await gatewayObstacle({home, args, env, base: BASE});
      if (reason === null) assert.equal(obstacle, null);
      else assert.match(obstacle?.reason ?? 'nothing', reason);
    });
  }

  it('is an address below which the backend is asked around it', async () => {
    await write({config: 'chatgpt_base_url = "http://127.0.0.1:9/b/"'});
    const found = await gatewayObstacle({home, args: [], env: {}, base: 'http://127.0.0.1:9/b/codex'});
    assert.match(found?.reason ?? 'nothing', /chatgpt_base_url \+ "\/codex"/);
  });

  it('says where the list of hosts without a proxy is to be mended', async () => {
    const fix = async (env: NodeJS.ProcessEnv): Promise<string | undefined> =>
      (await gatewayObstacle({home, args: [], env, base: BASE}))?.fix;
    assert.match((await fix({HTTP_PROXY: PROXY})) ?? '', /to NO_PROXY in your environment$/);
    await write({files: {'.env': `HTTP_PROXY=${PROXY}`}});
    assert.match((await fix({})) ?? '', /to NO_PROXY in .*\.env$/);
  });

  it('knows whether the login goes to a provider', async () => {
    await write({config: OWN});
    assert.equal((await ownProvider(home, []))?.usesLogin, false);
    await write({config: `${OWN}requires_openai_auth = true\n`});
    assert.equal((await ownProvider(home, []))?.usesLogin, true);
  });
});
