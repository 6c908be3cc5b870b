import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {
  DEFAULT_MODEL_BASE_URL,
  type HomeConfig,
  chatgptBaseUrl,
  configFilePath,
  modelBaseUrl,
  readConfig,
} from '../../../src/codex/home/home-config.js';

const holding = (values: Record<string, unknown>): HomeConfig => ({kind: 'ok', values});

describe('where the backend of a home is', () => {
  const PROVIDER = 'https://chatgpt.com/backend-api';
  const CASES: {title: string; config: HomeConfig; url: string}[] = [
    {title: "the provider's where nothing is set", config: holding({}), url: PROVIDER},
    {title: "the provider's where it is empty", config: holding({chatgpt_base_url: ''}), url: PROVIDER},
    {title: "the provider's where it is no text", config: holding({chatgpt_base_url: 1}), url: PROVIDER},
    {title: "the provider's without a config.toml", config: {kind: 'missing'}, url: PROVIDER},
    {
      title: "the provider's with an unreadable config.toml",
      config: {kind: 'unreadable', reason: 'x'},
      url: PROVIDER,
    },
    {
      title: 'what is set',
      config: holding({chatgpt_base_url: 'https://b.test/api'}),
      url: 'https://b.test/api',
    },
    {
      title: 'what is set, without slashes at the end',
      config: holding({chatgpt_base_url: 'https://b.test/api//'}),
      url: 'https://b.test/api',
    },
  ];
  for (const {title, config, url} of CASES) {
    it(`is ${title}`, () => {
      assert.equal(chatgptBaseUrl(config), url);
      assert.equal(modelBaseUrl(config), `${url}/codex`);
    });
  }

  it('is by default that of a home without a word of it', () => {
    assert.equal(DEFAULT_MODEL_BASE_URL, modelBaseUrl(holding({})));
  });
});

describe("a home's config.toml", () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'cao-test-'));
  });
  after(() => rm(home, {recursive: true}));

  it('is missing where there is none, and where there is no home', async () => {
    assert.deepEqual(await readConfig(home), {kind: 'missing'});
    assert.deepEqual(await readConfig(join(home, 'none')), {kind: 'missing'});
  });

  it('is read with a byte order mark, as Codex reads it', async () => {
    await writeFile(configFilePath(home), '\uFEFFmodel = "x"\n');
    const config = await readConfig(home);
    assert.equal(config.kind === 'ok' && config.values['model'], 'x');
  });

  it('is unreadable where it is not valid, in one line that quotes nothing of it', async () => {
    await writeFile(configFilePath(home), 'secret = \n');
    const config = await readConfig(home);
    assert.ok(config.kind === 'unreadable' && !/\n|secret/.test(config.reason), JSON.stringify(config));
  });
});
