import assert from 'node:assert/strict';

import type {CodexAuth} from '../../../src/codex/login/auth-shape.js';
import {identityKey, identityOf, type Identity} from '../../../src/codex/login/identity.js';
import {mintJwt} from '../../../src/simulator/index.js';

const EXP = 1_795_000_000;

const nobody: Identity = {
  userId: null,
  workspaceId: null,
  organizationId: null,
  email: null,
  plan: null,
  tokenExpiresAtMs: null,
  lastRefreshAtMs: null,
  hasRefreshToken: false,
  isFedramp: false,
};

const token = (openai: Record<string, unknown>, more: Record<string, unknown> = {}): string =>
  mintJwt({exp: EXP, 'https://api.openai.com/auth': openai, ...more});

describe('who a login is', () => {
  const ann = {
    chatgpt_user_id: 'user-ann',
    chatgpt_account_id: 'workspace-ann',
    chatgpt_plan_type: 'plus',
    organizations: [{id: 'org-first'}, {id: 'org-ann', is_default: true}],
  };

  const cases: [string, CodexAuth, Partial<Identity>][] = [
    [
      'both tokens',
      {
        tokens: {
          id_token: token(ann, {email: 'ann@example.com', exp: 1}),
          access_token: token(ann),
          refresh_token: 'rt-1',
          account_id: 'workspace-ann',
        },
        last_refresh: '2026-11-22T12:00:00Z',
      },
      {
        userId: 'user-ann',
        workspaceId: 'workspace-ann',
        organizationId: 'org-ann',
        email: 'ann@example.com',
        plan: 'plus',
        tokenExpiresAtMs: EXP * 1000,
        lastRefreshAtMs: Date.UTC(2026, 10, 22, 12),
        hasRefreshToken: true,
      },
    ],
    [
      'the access token alone',
      {
        tokens: {
          access_token: token(ann, {'https://api.openai.com/profile': {email: 'ann@example.com'}}),
        },
      },
      {
        userId: 'user-ann',
        workspaceId: 'workspace-ann',
        organizationId: 'org-ann',
        email: 'ann@example.com',
        plan: 'plus',
        tokenExpiresAtMs: EXP * 1000,
      },
    ],
    [
      'the id token alone',
      {tokens: {id_token: token({chatgpt_user_id: 'user-ann'}, {email: 'ann@example.com'})}},
      {userId: 'user-ann', email: 'ann@example.com', tokenExpiresAtMs: EXP * 1000},
    ],
    [
      'an id token, where the access token says something else',
      {
        tokens: {
          id_token: token({chatgpt_plan_type: 'pro'}),
          access_token: token({chatgpt_plan_type: 'plus', chatgpt_user_id: 'user-ann'}),
        },
      },
      {plan: 'pro', userId: 'user-ann', tokenExpiresAtMs: EXP * 1000},
    ],
    [
      'account_id, where the tokens name another workspace',
      {tokens: {access_token: token(ann), account_id: 'workspace-chosen'}},
      {
        userId: 'user-ann',
        workspaceId: 'workspace-chosen',
        organizationId: 'org-ann',
        plan: 'plus',
        tokenExpiresAtMs: EXP * 1000,
      },
    ],
    [
      'the older name of the user id',
      {tokens: {access_token: mintJwt({'https://api.openai.com/auth': {user_id: 'user-ann'}})}},
      {userId: 'user-ann'},
    ],
    [
      'the first organization, where none is the default',
      {
        tokens: {
          access_token: mintJwt({'https://api.openai.com/auth': {organizations: [{id: 'a'}, {id: 'b'}]}}),
        },
      },
      {organizationId: 'a'},
    ],
    [
      'the organization id, where there is no list',
      {tokens: {access_token: mintJwt({'https://api.openai.com/auth': {organization_id: 'org-1'}})}},
      {organizationId: 'org-1'},
    ],
    [
      'tokens that are no JWTs beside an account_id',
      {
        auth_mode: 'chatgptAuthTokens',
        tokens: {id_token: 'JWT-EXAMPLE', access_token: 'JWT-EXAMPLE', refresh_token: 'rt', account_id: 'a'},
      },
      {workspaceId: 'a', hasRefreshToken: true},
    ],
    [
      'empty tokens beside an API key',
      {
        auth_mode: 'apikey',
        OPENAI_API_KEY: 'sk-EXAMPLE',
        tokens: {id_token: '', access_token: '', refresh_token: '', account_id: 'a'},
      },
      {},
    ],
    [
      'odd claims',
      {tokens: {access_token: token({chatgpt_user_id: 5, organizations: ['x', null], user_id: ''})}},
      {tokenExpiresAtMs: EXP * 1000},
    ],
    ['an API key', {OPENAI_API_KEY: 'sk-EXAMPLE'}, {}],
    ['a time of refresh that is none', {last_refresh: 'yesterday'}, {}],
    ['tokens that are null', {tokens: null}, {}],
    ['nothing', {}, {}],
  ];
  for (const [what, auth, says] of cases) {
    it(`is read from ${what}`, () => assert.deepEqual(identityOf(auth), {...nobody, ...says}));
  }

  it('is one key of user and workspace, never the e-mail', () => {
    const key = (who: Partial<Identity>) => identityKey({...nobody, ...who});
    assert.equal(key({userId: 'u', workspaceId: 'w', email: 'a@example.com'}), 'u::w');
    assert.equal(key({userId: 'u', workspaceId: 'w', email: 'b@example.com'}), 'u::w');
    assert.equal(key({userId: 'u'}), 'u::');
    assert.equal(key({workspaceId: 'w'}), '::w');
    assert.equal(key({email: 'a@example.com', organizationId: 'o'}), null);
  });
});
