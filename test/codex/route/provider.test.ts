import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {ownProvider, usesProvider} from '../../../src/codex/route/provider.js';

const BLOCK = '[model_providers.mine]\nname = "Mine"\nbase_url = "http://127.0.0.1:1/v1"\n';
const CHOSEN = `model_provider = "mine"\n${BLOCK}`;

describe('the provider that a Codex asks', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'cao-provider-'));
  });
  afterEach(() => rm(home, {recursive: true, force: true}));

  const CASES: [what: string, config: string, args: string[], mine: boolean, builtIn: boolean][] = [
    ['nothing said', '', [], false, true],
    ['defined, but not chosen', BLOCK, [], false, true],
    ['chosen and defined', CHOSEN, [], true, false],
    ['chosen and nowhere defined', 'model_provider = "mine"\n', [], false, false],
    ['chosen by an argument', BLOCK, ['-c', 'model_provider=mine'], true, false],
    ['chosen by an argument and nowhere defined', '', ['-c', 'model_provider=mine'], false, false],
    [
      'chosen and defined by arguments',
      '',
      ['-c', 'model_provider=mine', '-c', 'model_providers.mine.base_url="http://127.0.0.1:1/v1"'],
      true,
      false,
    ],
    ['the built-in one by an argument', CHOSEN, ['-c', 'model_provider="openai"'], false, true],
    ['a local one of which Codex knows', CHOSEN, ['--oss'], true, true],
  ];
  for (const [what, config, args, mine, builtIn] of CASES) {
    it(`goes on with threads of it: ${what}`, async () => {
      await writeFile(join(home, 'config.toml'), config);
      assert.deepEqual(
        [await usesProvider(home, args, 'mine'), await usesProvider(home, args, 'openai')],
        [mine, builtIn],
      );
    });
  }

  for (const [what, config, args, expected] of [
    ['in config.toml', `${CHOSEN}requires_openai_auth = true\n`, [], true],
    ['among the arguments', CHOSEN, ['-c', 'model_providers.mine.requires_openai_auth=true'], true],
    ['nowhere', CHOSEN, [], false],
  ] as [string, string, string[], boolean][]) {
    it(`carries the login where that is said ${what}: ${expected}`, async () => {
      await writeFile(join(home, 'config.toml'), config);
      assert.equal((await ownProvider(home, args))?.usesLogin, expected);
    });
  }
});
