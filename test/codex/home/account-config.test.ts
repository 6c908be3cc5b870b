import assert from 'node:assert/strict';

import {
  type LoginMethod,
  accountConfig,
  withAccountKeys,
  withLoginMethod,
  wrongAccountKeys,
} from '../../../src/codex/home/account-config.js';

const STORE = 'cli_auth_credentials_store = "file"\n';
const METHOD = 'forced_login_method = "chatgpt"\n';

describe("the keys of an account's config.toml", () => {
  it('are both in that of a new account', () => {
    assert.equal(accountConfig('chatgpt'), STORE + METHOD);
    assert.equal(accountConfig('api'), `${STORE}forced_login_method = "api"\n`);
  });

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
        wrongAccountKeys(values, 'chatgpt').map(({key, found}) => [key, found]),
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
    it(title, async () => assert.equal(await withAccountKeys(before, 'chatgpt'), after));
  }

  it('are not added to what is no TOML', () => assert.rejects(withAccountKeys('= nothing', 'chatgpt')));

  const FITTED: {title: string; before: string; method: LoginMethod | null; after: string}[] = [
    {
      title: 'is changed in its place',
      before: `# mine\n${METHOD}x = 1\n`,
      method: 'api',
      after: '# mine\nforced_login_method = "api"\nx = 1\n',
    },
    {title: 'is taken out', before: `${STORE}${METHOD}x = 1\n`, method: null, after: `${STORE}x = 1\n`},
    {title: 'is not added', before: STORE, method: 'api', after: STORE},
    {
      title: 'is found in quotes',
      before: `"forced_login_method" = 'chatgpt'\n`,
      method: 'api',
      after: 'forced_login_method = "api"\n',
    },
    {
      title: 'keeps the end of its line',
      before: 'forced_login_method = "chatgpt"\r\nx = 1',
      method: 'api',
      after: 'forced_login_method = "api"\r\nx = 1',
    },
    {
      title: 'keeps no end where it had none',
      before: 'forced_login_method="chatgpt"',
      method: 'api',
      after: 'forced_login_method = "api"',
    },
    {title: 'stays behind a byte order mark', before: `\uFEFF${METHOD}`, method: null, after: '\uFEFF'},
    {
      title: 'of a table is another key',
      before: `[mine]\n${METHOD}`,
      method: 'api',
      after: `[mine]\n${METHOD}`,
    },
  ];
  for (const {title, before, method, after} of FITTED) {
    it(`the login method ${title}`, async () => assert.equal(await withLoginMethod(before, method), after));
  }
});
