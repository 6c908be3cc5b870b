import assert from 'node:assert/strict';

import type {CodexAuth} from '../../src/codex/login/auth-shape.js';
import {isFresher, isIdentified, isSameLogin} from '../../src/import/sameness.js';
import {mintJwt} from '../../src/simulator/index.js';

type Owner = {user?: string; workspace?: string; email?: string};

/** A login whose tokens are its own, of somebody who may not be told whole. */
function login({user, workspace, email}: Owner): CodexAuth {
  const openai = {chatgpt_user_id: user, chatgpt_account_id: workspace};
  return {tokens: {id_token: mintJwt({email, 'https://api.openai.com/auth': openai})}};
}

describe('two logins', () => {
  const pairs: [string, CodexAuth, CodexAuth, boolean][] = [
    [
      'of one user and workspace',
      login({user: 'u', workspace: 'w'}),
      login({user: 'u', workspace: 'w'}),
      true,
    ],
    [
      'of one user and workspace under two e-mails',
      login({user: 'u', workspace: 'w', email: 'a@x.test'}),
      login({user: 'u', workspace: 'w', email: 'b@x.test'}),
      true,
    ],
    [
      'of one user in two workspaces',
      login({user: 'u', workspace: 'w'}),
      login({user: 'u', workspace: 'v'}),
      false,
    ],
    [
      'of one e-mail in two workspaces',
      login({user: 'u', workspace: 'w', email: 'a@x.test'}),
      login({user: 'u', workspace: 'v', email: 'a@x.test'}),
      false,
    ],
    [
      'of two users in one workspace',
      login({user: 'u', workspace: 'w'}),
      login({user: 'v', workspace: 'w'}),
      false,
    ],
    [
      'of one workspace, of which one says the user, with one e-mail in either case',
      login({workspace: 'w', email: 'A@x.test'}),
      login({user: 'u', workspace: 'w', email: 'a@X.test'}),
      true,
    ],
    [
      'of one workspace, of which one says the user, with two e-mails',
      login({workspace: 'w', email: 'a@x.test'}),
      login({user: 'u', workspace: 'w', email: 'b@x.test'}),
      false,
    ],
    [
      'of one workspace, of which one says the user',
      login({workspace: 'w'}),
      login({user: 'u', workspace: 'w'}),
      false,
    ],
    ['of one workspace and nothing else', login({workspace: 'w'}), login({workspace: 'w'}), true],
    ['of one user and no workspace', login({user: 'u'}), login({user: 'u'}), true],
    ['of one e-mail and nothing else', login({email: 'a@x.test'}), login({email: 'a@x.test'}), false],
    ['that say nothing', {}, {}, false],
    ['with one refresh token', {tokens: {refresh_token: 'rt'}}, {tokens: {refresh_token: 'rt'}}, true],
    ['with one opaque access token', {tokens: {access_token: 'x'}}, {tokens: {access_token: 'x'}}, true],
    ['with one API key', {OPENAI_API_KEY: 'sk-1'}, {OPENAI_API_KEY: 'sk-1'}, true],
    ['with two API keys', {OPENAI_API_KEY: 'sk-1'}, {OPENAI_API_KEY: 'sk-2'}, false],
    ['with one personal token', {personal_access_token: 'at-1'}, {personal_access_token: 'at-1'}, true],
    [
      'with empty secrets',
      {tokens: {refresh_token: ''}, OPENAI_API_KEY: null},
      {tokens: {refresh_token: ''}, OPENAI_API_KEY: null},
      false,
    ],
  ];
  for (const [what, one, other, same] of pairs) {
    it(`${what} are ${same ? 'the same' : 'two'}`, () => {
      assert.equal(isSameLogin(one, other), same);
      assert.equal(isSameLogin(other, one), same);
    });
  }

  const expiring = (exp: number, last_refresh?: string): CodexAuth => ({
    tokens: {access_token: mintJwt({exp})},
    ...(last_refresh === undefined ? {} : {last_refresh}),
  });

  it('are compared by their last refresh, then by when their tokens expire', () => {
    const old = expiring(200, '2026-11-21T12:00:00Z');
    const fresh = expiring(100, '2026-11-22T12:00:00Z');
    assert.ok(isFresher(fresh, old));
    assert.ok(!isFresher(old, fresh));
    assert.ok(isFresher(expiring(300), old));
    assert.ok(!isFresher(old, expiring(300)));
    assert.ok(isFresher(expiring(200), expiring(100)));
    assert.ok(!isFresher(expiring(100), expiring(200)));
    assert.ok(!isFresher(old, old));
    assert.ok(isFresher(expiring(1), {}));
  });
});

describe('a login', () => {
  it('is identified by its user or its workspace', () => {
    assert.ok(isIdentified(login({user: 'u'})));
    assert.ok(isIdentified(login({workspace: 'w'})));
    assert.ok(isIdentified({tokens: {access_token: 'opaque', account_id: 'w'}}));
    assert.ok(!isIdentified(login({email: 'a@x.test'})));
    assert.ok(!isIdentified({OPENAI_API_KEY: 'sk-1'}));
  });
});
