import assert from 'node:assert/strict';
import {rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {loginFacts} from '../../../src/accounts/standings.js';
import {readAuthFile} from '../../../src/codex/login/auth-file.js';
import {LoginCache} from '../../../src/gateway/pool/login-cache.js';
import {authJson, registerAccounts, writeData} from '../../support/accounts.js';
import {Sandbox} from '../../support/sandbox.js';

describe('the login of a home in the gateway', () => {
  let sandbox: Sandbox;
  let home: string;
  let auth: string;
  let logins: LoginCache;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['a']);
    home = sandbox.accountHome('a');
    auth = join(home, 'auth.json');
    logins = new LoginCache();
  });
  afterEach(() => sandbox.remove());

  const FILES: [what: string, content: unknown, token: string | null, reason: string | null][] = [
    ['an access token', {tokens: {access_token: 'at', account_id: 'w'}}, 'at', null],
    [
      'a refresh token alone, to be spent first',
      {tokens: {refresh_token: 'rt', account_id: 'w'}},
      null,
      null,
    ],
    ['a personal access token', {personal_access_token: 'at-x'}, 'at-x', null],
    ['nothing', {}, null, 'not logged in'],
    ['no JSON', '{', null, 'auth.json: not JSON'],
    [
      'an API key',
      {OPENAI_API_KEY: 'sk'},
      null,
      'not for the gateway: an API key is for another address than subscriptions',
    ],
  ];
  for (const [what, content, token, reason] of FILES) {
    it(`of ${what} is as elsewhere, as far as the gateway can use it`, async () => {
      await writeData(sandbox, 'a/auth.json', content);
      const {facts, login} = await logins.of(home);
      assert.equal(facts.kind === 'none' ? facts.reason : null, reason);
      assert.equal(login?.accessToken ?? null, token);
      if (typeof content === 'object') assert.equal(login === null, reason !== null);
      const elsewhere = loginFacts(await readAuthFile(home));
      if (!reason?.startsWith('not for the gateway')) assert.deepEqual(facts, elsewhere);
    });
  }

  it('that cannot be read is none, and says why', async () => {
    await rm(auth);
    await symlink(auth, auth);
    const {facts, login} = await logins.of(home);
    assert.equal(login, null);
    assert.match(facts.kind === 'none' ? facts.reason : '', /^auth\.json: .*symbolic links/);
  });

  it('is read again once the file is another one, or gone', async () => {
    const first = await logins.of(home);
    assert.equal(await logins.of(home), first);
    await writeFile(auth, JSON.stringify({...authJson('b'), note: 'longer'}));
    assert.equal((await logins.of(home)).login?.workspaceId, 'workspace-b');
    await rm(auth);
    assert.equal((await logins.of(home)).login, null);
  });

  it('has the owner of a personal access token once that is known', async () => {
    await writeData(sandbox, 'a/auth.json', {personal_access_token: 'at-x'});
    const {login} = await logins.of(home);
    assert.ok(login);
    assert.equal(login.workspaceId, null);
    const owner = {userId: 'u', workspaceId: 'w', organizationId: null, email: null, plan: 'plus'};
    const rest = {tokenExpiresAtMs: null, lastRefreshAtMs: null, hasRefreshToken: false, isFedramp: true};
    logins.learn('at-x', {...owner, ...rest});
    const known = (await logins.of(home)).login;
    assert.deepEqual([known?.workspaceId, known?.plan, known?.isFedramp], ['w', 'plus', true]);
  });
});
