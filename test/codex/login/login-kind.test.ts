import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {parseAuth} from '../../../src/codex/login/auth-shape.js';
import {identityOf} from '../../../src/codex/login/identity.js';
import {bearerToken, loginKind, traitsOf} from '../../../src/codex/login/login-kind.js';
import type {LoginKind} from '../../../src/contract/index.js';
import {redact} from '../../../src/files/text/redact.js';
import {mintJwt} from '../../../src/simulator/index.js';
import {PROJECT_ROOT} from '../../support/cao.js';

const TOKENS = {id_token: 'i', access_token: 'a', refresh_token: 'r'};
const EMPTY = {id_token: '', access_token: '', refresh_token: '', account_id: 'a'};
const BEDROCK = {api_key: 'b', region: 'us-east-1'};

describe('the kind of a login', () => {
  // Each as `codex login status` of 0.169 takes it, where it can tell without the network.
  const KINDS: [auth: Record<string, unknown>, kind: LoginKind | null][] = [
    [{auth_mode: 'chatgpt', tokens: TOKENS}, 'chatgpt'],
    [{auth_mode: 'chatgpt', OPENAI_API_KEY: 'sk', tokens: TOKENS}, 'chatgpt'],
    [{auth_mode: 'chatgpt', tokens: {refresh_token: 'r'}}, 'chatgpt'],
    [{auth_mode: 'chatgpt', OPENAI_API_KEY: 'sk', tokens: null}, null],
    [{auth_mode: 'chatgpt', OPENAI_API_KEY: 'sk', tokens: EMPTY}, null],
    [{auth_mode: 'chatgptAuthTokens', tokens: TOKENS}, 'external-tokens'],
    [{auth_mode: 'apikey', OPENAI_API_KEY: 'sk'}, 'api-key'],
    [{auth_mode: 'apikey', OPENAI_API_KEY: 'sk', tokens: EMPTY}, 'api-key'],
    [{auth_mode: 'apikey', OPENAI_API_KEY: 'sk', tokens: TOKENS}, 'api-key'],
    [{auth_mode: 'apikey', OPENAI_API_KEY: null, tokens: TOKENS}, null],
    [{auth_mode: 'personalAccessToken', personal_access_token: 'at'}, 'access-token'],
    [{auth_mode: 'agentIdentity', agent_identity: {agent_private_key: 'k'}}, 'agent-identity'],
    [{auth_mode: 'agentIdentity', agent_identity: 'jwt'}, 'agent-identity'],
    [{auth_mode: 'agentIdentity'}, null],
    [{auth_mode: 'bedrockApiKey', bedrock_api_key: BEDROCK}, 'bedrock'],
    [{auth_mode: 'bedrockApiKey', bedrock_api_key: {region: 'us-east-1'}}, null],
    [{auth_mode: 'somethingNewer', whatever: 1}, 'other'],
    [{auth_mode: 'constructor'}, 'other'],
    [{}, null],
    [{tokens: TOKENS}, 'chatgpt'],
    [{tokens: TOKENS, OPENAI_API_KEY: null}, 'chatgpt'],
    [{tokens: TOKENS, OPENAI_API_KEY: 'sk'}, 'api-key'],
    [{tokens: null, OPENAI_API_KEY: 'sk'}, 'api-key'],
    [{OPENAI_API_KEY: ''}, null],
    [{personal_access_token: 'at'}, 'access-token'],
    [{personal_access_token: 'at', OPENAI_API_KEY: 'sk', tokens: TOKENS}, 'access-token'],
    [{bedrock_api_key: BEDROCK, OPENAI_API_KEY: 'sk'}, 'bedrock'],
    [{agent_identity: {agent_private_key: 'k'}}, null],
  ];
  for (const [auth, kind] of KINDS) {
    it(`of ${JSON.stringify(auth)} is ${kind}`, () => {
      const parsed = parseAuth(auth);
      assert.ok(parsed);
      assert.equal(loginKind(parsed), kind);
    });
  }

  const FILES: [file: string, kind: LoginKind][] = [
    ['auth-apikey', 'api-key'],
    ['auth-emptyaccess', 'api-key'],
    ['auth-agentid', 'agent-identity'],
    ['auth-bedrock', 'bedrock'],
    ['auth-external', 'external-tokens'],
  ];
  for (const [file, kind] of FILES) {
    it(`of ${file}.json is ${kind}`, async () => {
      const parsed = parseAuth(await caseFile(file));
      assert.ok(parsed);
      assert.equal(loginKind(parsed), kind);
    });
  }

  it('says who an agent is, in an object and in a JWT', async () => {
    const parsed = parseAuth(await caseFile('auth-agentid'));
    assert.ok(parsed);
    const {userId, workspaceId, email, plan} = identityOf(parsed);
    assert.deepEqual([userId, workspaceId, email, plan], ['user-g', 'g', 'agent@example.com', 'business']);
    const jwt = mintJwt({account_id: 'g', email: 'agent@example.com', chatgpt_account_is_fedramp: true});
    const agent = identityOf({auth_mode: 'agentIdentity', agent_identity: jwt});
    assert.deepEqual([agent.workspaceId, agent.email, agent.isFedramp], ['g', 'agent@example.com', true]);
  });

  it('takes nothing for its identity that Codex does not use', async () => {
    const parsed = parseAuth(await caseFile('auth-emptyaccess'));
    assert.ok(parsed);
    assert.equal(identityOf(parsed).workspaceId, null);
  });

  it('has a bearer token for the ChatGPT backend where there is one', () => {
    assert.equal(bearerToken({tokens: TOKENS}), 'a');
    assert.equal(bearerToken({auth_mode: 'chatgptAuthTokens', tokens: TOKENS}), 'a');
    assert.equal(bearerToken({personal_access_token: 'at'}), 'at');
    assert.equal(bearerToken({OPENAI_API_KEY: 'sk', tokens: TOKENS}), null);
    assert.equal(bearerToken({tokens: {refresh_token: 'r'}}), null);
  });

  it('is refreshed by nobody but Codex and cao, or not at all', () => {
    assert.ok(traitsOf('chatgpt').refreshable);
    for (const kind of ['external-tokens', 'access-token', 'agent-identity', 'api-key', 'bedrock'] as const)
      assert.ok(!traitsOf(kind).refreshable, kind);
  });
});

describe('the secrets of a login', () => {
  const SECRETS: Record<string, unknown>[] = [
    {
      tokens: {
        id_token: 'marked-secret-01',
        access_token: 'marked-secret-02',
        refresh_token: 'marked-secret-03',
      },
    },
    {OPENAI_API_KEY: 'marked-secret-04'},
    {personal_access_token: 'marked-secret-05'},
    {agent_identity: {agent_private_key: 'marked-secret-06', agent_runtime_id: 'marked-secret-07'}},
    {agent_identity: 'marked-secret-08'},
    {bedrock_api_key: {api_key: 'marked-secret-09', region: 'us-east-1'}},
    {
      auth_mode: 'somethingNewer',
      session: {cookie: 'marked-secret-10'},
      new_credentials: ['marked-secret-11'],
    },
  ];
  for (const auth of SECRETS) {
    it(`are hidden once it was read: ${Object.keys(auth).join(', ')}`, () => {
      assert.ok(parseAuth(auth));
      for (const secret of JSON.stringify(auth).match(/marked-secret-\d\d/g) ?? [])
        assert.equal(redact(`it is ${secret}.`), 'it is [redacted].');
    });
  }

  it('are neither who it is nor what else stands there', () => {
    assert.ok(
      parseAuth({
        tokens: {...TOKENS, account_id: 'workspace-of-this-test'},
        agent_identity: {email: 'agent-of-this@example.test', chatgpt_user_id: 'user-of-this-test'},
        label: 'label-of-this-test',
      }),
    );
    const text = 'workspace-of-this-test agent-of-this@example.test user-of-this-test label-of-this-test';
    assert.equal(redact(text), text);
  });
});

async function caseFile(name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(PROJECT_ROOT, 'test', 'fixtures', 'cases', `${name}.json`), 'utf8'));
}
