import assert from 'node:assert/strict';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import fc from 'fast-check';

import {holdsLogin} from '../../src/codex/login/auth-file.js';
import {checkAuth, parseAuth, readableByCodex} from '../../src/codex/login/auth-shape.js';
import {notACredential} from '../../src/codex/login/credential-text.js';
import {identityFromWhoAmI, identityKey, identityOf} from '../../src/codex/login/identity.js';
import {decodeJwtClaims, jwtExpiresAtMs} from '../../src/codex/login/jwt.js';
import {bearerToken, loginKind} from '../../src/codex/login/login-kind.js';
import {readTokenAnswer} from '../../src/codex/tokens/token-answer.js';
import type {Context, Importer} from '../../src/contract/index.js';
import {isAccountName, isNewAccountName} from '../../src/accounts/data/names.js';
import {toAccountName} from '../../src/import/account-name.js';
import {codexAuthImporter} from '../../src/plugins/importers/codex-auth.js';
import {readRegistry} from '../../src/plugins/importers/codex-auth-registry.js';
import {layoutImporter} from '../../src/plugins/importers/layout-importer.js';
import {LAYOUTS} from '../../src/plugins/importers/layouts.js';
import {authFromTokens, wholeAuth} from '../../src/plugins/importers/logins.js';
import {EntryProblem} from '../../src/plugins/importers/source-reader.js';
import {mintJwt} from '../../src/simulator/index.js';
import {authJson} from '../support/accounts.js';
import {
  assertPlausible,
  countsInputs,
  DEEP,
  holds,
  holdsAsync,
  jsonText,
  nearMiss,
  nearRecord,
  nearText,
  textOf,
} from '../support/arbitraries.js';
import {Sandbox} from '../support/sandbox.js';

const CLAIMS = {
  email: 'ann@example.test',
  exp: 1_900_000_000,
  'https://api.openai.com/profile': {email: 'ann@example.test'},
  'https://api.openai.com/auth': {
    chatgpt_user_id: 'user-1',
    chatgpt_account_id: 'workspace-1',
    chatgpt_plan_type: 'plus',
    chatgpt_account_is_fedramp: true,
    organizations: [{id: 'org-1', is_default: true}, {id: 'org-2'}],
  },
};

const AGENT = {
  agent_private_key: 'k-1',
  chatgpt_user_id: 'user-1',
  account_id: 'w-1',
  email: 'a@b.test',
  plan_type: 'pro',
};

const LOGINS = [
  authJson('a'),
  {auth_mode: 'apikey', OPENAI_API_KEY: 'sk-test-1'},
  {personal_access_token: 'at-test-1', last_refresh: '2026-01-01T00:00:00Z'},
  {auth_mode: 'agentIdentity', agent_identity: AGENT},
  {auth_mode: 'agentIdentity', agent_identity: mintJwt(AGENT)},
  {auth_mode: 'bedrockApiKey', bedrock_api_key: {api_key: 'bk-1', region: 'us-east-1'}},
  {auth_mode: 'chatgptAuthTokens', tokens: {access_token: mintJwt(CLAIMS)}},
  {auth_mode: 'of-next-year', tokens: {id_token: '', access_token: '', refresh_token: ''}},
];

/** Tokens whose claims are almost right, and texts that are almost tokens. */
const token = fc.oneof(
  nearMiss(CLAIMS).map((claims) => `e30.${Buffer.from(jsonText(claims)).toString('base64url')}.x`),
  textOf('e30', '.', 'eyJleHAiOjF9', '=', '-', '_', '/'),
);

countsInputs('test/security/hostile-logins.test.ts');

describe('a login that others wrote', () => {
  it('is one, or none for a reason that quotes nothing, whatever it is', () =>
    holds(nearMiss(...LOGINS), (value) => {
      const checked = checkAuth(value);
      assert.equal(parseAuth(value) !== null, 'auth' in checked);
      if ('problem' in checked) {
        assert.match(
          checked.problem,
          /^(?:not the shape of an auth\.json|[\w.]+ (?:is longer|holds line breaks).*)$/,
        );
        return;
      }
      const {auth} = checked;
      const kind = loginKind(auth);
      assert.equal(holdsLogin(auth), kind !== null);
      const bearer = bearerToken(auth);
      assert.ok(bearer === null || (bearer !== '' && notACredential(bearer) === null));
      const identity = identityOf(auth);
      assertPlausible(identity);
      for (const [name, text] of Object.entries(identity))
        if (typeof text === 'string') assert.notEqual(text, '', name);
      assert.ok(identity.workspaceId === null || notACredential(identity.workspaceId) === null);
      assert.equal(typeof (identityKey(identity) ?? ''), 'string');
      assert.deepEqual(readableByCodex(readableByCodex(auth)), readableByCodex(auth));
      // Written and read again it is the same.
      assert.deepEqual(checkAuth(JSON.parse(JSON.stringify(auth))), {
        auth: JSON.parse(JSON.stringify(auth)) as unknown,
      });
    }));

  it('says who it is of in whatever claims its tokens have', () =>
    holds(fc.tuple(token, token), ([id, access]) => {
      for (const text of [id, access]) {
        const expires = jwtExpiresAtMs(text);
        assertPlausible({expiresAtMs: expires});
        assert.ok(decodeJwtClaims(text) !== null || expires === null);
      }
      const auth = parseAuth({tokens: {id_token: id, access_token: access, refresh_token: 'rt'}});
      if (auth === null) return;
      const identity = identityOf(auth);
      assertPlausible(identity);
      assert.ok(identity.workspaceId === null || notACredential(identity.workspaceId) === null);
    }));

  it('says who it is of in an answer of the backend', () =>
    holds(
      nearRecord({chatgpt_user_id: 'u', chatgpt_account_id: 'w', email: 'e', chatgpt_plan_type: 'plus'}),
      (answer) => {
        const {workspaceId} = identityFromWhoAmI(answer);
        assert.ok(workspaceId === null || notACredential(workspaceId) === null);
      },
    ));

  it('is renewed, refused or kept, whatever the endpoint answers', () =>
    holds(
      fc.tuple(
        fc.constantFrom(0, 200, 204, 302, 400, 401, 403, 429, 500, 999),
        nearText(
          {access_token: 'at', id_token: 'it', refresh_token: 'rt', expires_in: 3600},
          {error: {code: 'refresh_token_reused', message: 'x'}},
          {error: 'invalid_grant', error_description: 'x'},
          {detail: {code: 'account_deactivated'}},
        ),
      ),
      ([status, text]) => {
        const answer = readTokenAnswer(status, text);
        if (answer.kind === 'tokens') assert.equal(status, 200);
        if (answer.kind === 'refused') assert.ok(status >= 400);
      },
    ));
});

/** A file of each tool, as its importer finds it below a home. */
const SOURCES: [importer: Importer, file: string, sample: unknown][] = [
  ...LAYOUTS.map((layout): [Importer, string, unknown] => [layoutImporter(layout), ...fileOf(layout.id)]),
  [codexAuthImporter, '.codex/accounts/a.json', authJson('a')],
  [
    codexAuthImporter,
    '.codex/accounts/registry.json',
    {
      schema_version: 4,
      active_account_key: 'user-a::workspace-a',
      accounts: [
        {account_key: 'user-a::workspace-a', email: 'a@b.test', alias: 'x'},
        {chatgpt_user_id: 'u', account_id: 'w'},
      ],
    },
  ],
];

function fileOf(id: string): [file: string, sample: unknown] {
  const {tokens} = authJson('a') as {tokens: Record<string, string>};
  const camel = {accessToken: tokens['access_token'], refreshToken: 'rt', accountId: 'w', email: 'a@b.test'};
  switch (id) {
    case 'codex-home':
      return ['.codex/auth.json', authJson('a')];
    case 'cli-proxy-api':
      return [
        '.cli-proxy-api/codex-a.json',
        {type: 'codex', email: 'a@b.test', last_refresh: 'x', ...tokens},
      ];
    case 'codex-multi-auth':
      return [
        '.codex/multi-auth/openai-codex-accounts.json',
        {activeIndex: 0, accounts: [camel, {...camel, accountLabel: 'x'}]},
      ];
    case 'codex-switcher':
      return [
        '.codex-switcher/accounts.json',
        {
          active_account_id: 'i',
          accounts: [
            {id: 'i', name: 'x', email: 'a@b.test', auth_data: {type: 'chatgpt', ...tokens}},
            {id: 'j', auth_data: {type: 'api_key', key: 'sk-test-1'}},
          ],
        },
      ];
    case 'caam':
      return ['.local/share/caam/vault/codex/a/auth.json', authJson('a')];
    case 'prodex':
      return ['.prodex/profiles/a/auth.json', authJson('a')];
    case 'codex-lb':
      return ['.codex-lb/accounts/a/auth.json', authJson('a')];
    case 'opencode':
      return [
        '.local/share/opencode/auth.json',
        {openai: {type: 'oauth', access: tokens['access_token'], refresh: 'rt', accountId: 'w', expires: 1}},
      ];
    default:
      throw new Error(`no file of ${id} is known here`);
  }
}

describe('a file of another tool', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.remove());

  for (const [importer, file, sample] of SOURCES) {
    it(`gives logins or problems in words, whatever is in ${file}`, async () => {
      const path = join(sandbox.home, file);
      await mkdir(dirname(path), {recursive: true});
      const {isAccount} = {
        isAccount: (item: object): item is {name: string; auth: Record<string, unknown>} => 'auth' in item,
      };
      const context: Context = {
        signal: new AbortController().signal,
        homeDir: sandbox.home,
        dataDir: sandbox.dataDir,
        nowMs: 0,
        settings: {},
        warn: () => undefined,
      };
      await holdsAsync(
        nearText(sample),
        async (text) => {
          await writeFile(path, text);
          for await (const item of importer.read({source: importer.defaultSource(context)}, context)) {
            if (isAccount(item)) {
              assert.ok(holdsLogin(parseAuth(item.auth) ?? {}), 'a draft that is no login');
              assert.equal(typeof item.name, 'string');
            } else {
              assert.ok(
                /^(?:is|holds|has|lists|leads|does|not|cannot be read|[\w.]+ (?:is|holds)) /.test(
                  (item as {problem: string}).problem,
                ),
                JSON.stringify(item),
              );
              assert.doesNotMatch(
                (item as {problem: string}).problem,
                /^cannot be read: /,
                'an error that was not foreseen',
              );
            }
          }
        },
        40,
      );
      await rm(path);
    });
  }

  it('names accounts as folders can be named, whatever they are called there', () =>
    holds(textOf('ann', '@', '..', '/', '-', '__proto__', 'ä', '\uD800', ' '), (name) => {
      const account = toAccountName(name);
      assert.ok(isAccountName(account) && isNewAccountName(account));
      assert.equal(toAccountName(account), account);
    }));

  it('is a registry, or a problem in words', () =>
    holds(
      nearMiss(SOURCES.at(-1)?.[2], {version: 2, accounts: {'a@b.test': {email: 'a@b.test'}}}),
      (value) => {
        const records = orProblem(() => readRegistry(value)) ?? [];
        for (const {fileNames, name} of records) {
          assert.notEqual(name, '');
          for (const file of fileNames)
            assert.match(file, /^[^/\\]+\.auth\.json$/, 'a way out of the folder');
        }
      },
    ));

  it('gives a login that Codex can read out of single tokens', () =>
    holds(
      nearRecord({
        idToken: 'a.b.c',
        accessToken: mintJwt(CLAIMS),
        refreshToken: 'rt',
        accountId: 'w',
        email: 'e',
        lastRefresh: 'x',
      }),
      (record) => {
        const text = (name: string): string | null =>
          typeof record[name] === 'string' && record[name] !== '' ? record[name] : null;
        const tokens = {
          idToken: text('idToken'),
          accessToken: text('accessToken'),
          refreshToken: text('refreshToken'),
          accountId: text('accountId'),
          email: text('email'),
          lastRefresh: text('lastRefresh'),
        };
        const auth = orProblem(() => authFromTokens(tokens));
        if (auth !== null)
          assert.deepEqual(wholeAuth(JSON.parse(JSON.stringify(auth))), JSON.parse(JSON.stringify(auth)));
      },
    ));

  it('may be nested deeper than any stack', () => {
    for (const value of [
      DEEP,
      {tokens: DEEP},
      {accounts: [DEEP], openai: DEEP, auth_data: DEEP, type: 'codex'},
    ]) {
      assert.ok('problem' in checkAuth(value));
      for (const layout of LAYOUTS) orProblem(() => [...layout.accounts(value, 'x')]);
      orProblem(() => readRegistry(value));
    }
  });
});

/** What a reader gives; null for the one error that it may throw. */
function orProblem<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof EntryProblem) return null;
    throw error;
  }
}
