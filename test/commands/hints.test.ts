import assert from 'node:assert/strict';
import {join} from 'node:path';

import {DataFolder} from '../../src/accounts/data/data-folder.js';
import {AccountStore} from '../../src/accounts/store/store.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';

describe('the commands that hints name', () => {
  let sandbox: Sandbox;
  let data: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    data = join(sandbox.home, 'my data');
  });
  afterEach(() => sandbox.remove());

  const cases: [args: string, accounts: string[], hint: string][] = [
    ['status', [], 'cao add NAME'],
    ['list', [], 'cao import'],
    ['run -- exec hi', [], 'cao add NAME'],
    ['run -- exec hi', ['work'], 'cao add work'],
    ['doctor', ['work'], 'cao add work'],
    ['remove work', ['work'], 'cao remove work'],
    ['switch', ['work'], 'cao switch work'],
    ['resume', [], 'cao resume --last'],
    ['resume 01a2', ['work'], 'cao threads'],
    ['import codex-auth', [], 'cao import codex-auth --source PATH'],
    ['gateway status', [], 'cao gateway start'],
    ['gateway logs', [], 'cao gateway start --detach'],
    ['add work --no-login', [], 'cao add work'],
    ['add a.b --no-login', [], 'cao add work-2'],
  ];
  for (const [args, accounts, hint] of cases) {
    const say = async (where: 'flag' | 'variable' | 'both'): Promise<string> => {
      const store = new AccountStore(new DataFolder(data), () => undefined);
      for (const name of accounts) await store.add(name);
      const [own = '', forCodex] = args.split(' -- ');
      const flag = where === 'variable' ? [] : ['--data-dir', data];
      const env: Record<string, string> = where === 'flag' ? {} : {CAO_HOME: data};
      const codex = forCodex === undefined ? [] : ['--codex', process.execPath];
      const end = forCodex === undefined ? [] : ['--', ...forCodex.split(' ')];
      const line = [...own.split(' '), ...flag, ...codex, ...end];
      const {stdout, stderr} = await cao(sandbox, line, {env});
      return `${stdout}${stderr}`;
    };
    const withFlag = (text: string): string[] =>
      [...text.matchAll(/\bcao [a-z][^:;,()]*/g)]
        .map(([line]) => line)
        .filter((line) => line.startsWith(hint));

    it(`lead to the data folder of cao ${args} with ${accounts.length} accounts: ${hint}`, async () => {
      const lines = withFlag(await say('flag'));
      assert.ok(lines.length > 0);
      for (const line of lines) assert.ok(line.includes(`--data-dir '${data}'`), line);
    });

    it(`are plain where cao ${args} with ${accounts.length} accounts takes that folder anyway: ${hint}`, async () => {
      assert.ok((await say('variable')).includes(hint));
      // These say the line again as it was typed.
      const typed = args.startsWith('add') || args.startsWith('remove');
      if (!typed) assert.doesNotMatch(await say('both'), /--data-dir '/);
    });
  }
});
