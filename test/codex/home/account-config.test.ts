import assert from 'node:assert/strict';

import {ACCOUNT_CONFIG, withAccountKeys, wrongAccountKeys} from '../../../src/codex/home/account-config.js';

const STORE = 'cli_auth_credentials_store = "file"\n';
const METHOD = 'forced_login_method = "chatgpt"\n';

describe("the keys of an account's config.toml", () => {
  it('are both in that of a new account', () => assert.equal(ACCOUNT_CONFIG, STORE + METHOD));

  const WRONG: {values: Record<string, unknown>; wrong: [string, unknown][]}[] = [
    {values: {cli_auth_credentials_store: 'file', forced_login_method: 'chatgpt', model: 'x'}, wrong: []},
    {
      values: {},
      wrong: [
        ['cli_auth_credentials_store', undefined],
        ['forced_login_method', undefined],
      ],
    },
    {
      values: {cli_auth_credentials_store: 'keyring', forced_login_method: 'chatgpt'},
      wrong: [['cli_auth_credentials_store', 'keyring']],
    },
    {
      values: {cli_auth_credentials_store: 'file', forced_login_method: 'api'},
      wrong: [['forced_login_method', 'api']],
    },
    {
      values: {cli_auth_credentials_store: 'file', forced_login_method: true},
      wrong: [['forced_login_method', true]],
    },
  ];
  for (const {values, wrong} of WRONG) {
    it(`are wrong ${wrong.length} times in ${JSON.stringify(values)}`, () => {
      assert.deepEqual(
        wrongAccountKeys(values).map(({key, found}) => [key, found]),
        wrong,
      );
    });
  }

  const ADDED: {title: string; before: string; after: string}[] = [
    {title: 'are added to an empty file', before: '', after: STORE + METHOD},
    {title: 'stay where they are', before: `# mine\n${METHOD}${STORE}`, after: `# mine\n${METHOD}${STORE}`},
    {title: 'are added one by one', before: METHOD, after: STORE + METHOD},
    {
      title: 'stand before any table',
      before: '[notice]\nx = 1\n',
      after: `${STORE}${METHOD}[notice]\nx = 1\n`,
    },
    {
      title: 'are not taken for those of a table',
      before: `[mine]\n${STORE}${METHOD}`,
      after: `${STORE}${METHOD}[mine]\n${STORE}${METHOD}`,
    },
    {
      title: 'keep another value',
      before: `cli_auth_credentials_store = "keyring"\n`,
      after: `${METHOD}cli_auth_credentials_store = "keyring"\n`,
    },
    {
      title: 'stand behind a byte order mark',
      before: '\uFEFFx = 1\n',
      after: `\uFEFF${STORE}${METHOD}x = 1\n`,
    },
  ];
  for (const {title, before, after} of ADDED) {
    it(title, async () => assert.equal(await withAccountKeys(before), after));
  }

  it('are not added to what is no TOML', () => assert.rejects(withAccountKeys('= nothing')));
});
