import assert from 'node:assert/strict';

import {type Classified, classifyError, type ErrorClass} from '../../../src/codex/backend/error-classes.js';
import {missingModel} from '../../../src/codex/backend/error-words.js';

const classifyCodes = (codes: string[]): Classified | null => classifyError({codes, message: null});

describe('the classes of backend errors', () => {
  const classes: Record<ErrorClass, string[]> = {
    account: ['usage_limit_reached', 'usage_limit_exceeded', 'workspace_member_usage_limit_reached'],
    workspace: [
      'workspace_owner_credits_depleted',
      'workspace_member_credits_depleted',
      'workspace_owner_usage_limit_reached',
      'organization_usage_limit_exceeded',
      'organization_spend_limit_exceeded',
      'spend_control_reached',
    ],
    'no-entitlement': ['usage_not_included', 'insufficient_quota', 'quota_exceeded'],
    model: ['model_not_supported'],
    auth: [
      'token_invalidated',
      'token_expired',
      'token_revoked',
      'refresh_token_expired',
      'refresh_token_reused',
      'refresh_token_invalidated',
      'invalid_grant',
      'unauthorized',
    ],
    dead: [
      'account_deactivated',
      'account_suspended',
      'account_deleted',
      'deactivated_workspace',
      'invalid_workspace_selected',
      'codex_workspace_access_denied',
    ],
    overload: ['server_is_overloaded', 'server_overloaded', 'slow_down', 'rate_limit_exceeded'],
    request: [
      'context_length_exceeded',
      'context_window_exceeded',
      'invalid_prompt',
      'cyber_policy',
      'model_not_found',
    ],
    affinity: ['invalid_encrypted_content', 'previous_response_not_found'],
  };
  for (const [errorClass, codes] of Object.entries(classes)) {
    it(`know ${codes.join(', ')} as ${errorClass}`, () => {
      for (const code of codes) assert.deepEqual(classifyCodes([code]), {errorClass, code});
    });
  }

  it('go by the first code that is known', () => {
    assert.deepEqual(classifyCodes(['whatever', 'token_expired', 'usage_limit_reached']), {
      errorClass: 'auth',
      code: 'token_expired',
    });
  });

  it('do not know other codes, nor the words that every object knows', () => {
    for (const codes of [[], ['whatever'], ['USAGE_LIMIT_REACHED'], ['constructor', '__proto__', '']]) {
      assert.equal(classifyCodes(codes), null);
    }
  });
});

describe('errors that are told in words', () => {
  const sealed = 'The encrypted content gAAA...x== could not be verified.';
  const plan = "The 'gpt-x' model is not supported when using Codex with a ChatGPT account.";
  const spent = 'You’ve hit your usage limit. Upgrade to Pro, or try again at 2:07 PM.';
  const cases: [what: string, codes: string[], message: string | null, is: string | null][] = [
    ['sealed content under another code', ['invalid_request_error'], sealed, 'affinity'],
    ['sealed content under no code', [], sealed, 'affinity'],
    [
      'sealed content of an item',
      [],
      'The encrypted content for item cmp_1 could not be verified.',
      'affinity',
    ],
    [
      'sealed content that could not be parsed',
      ['400'],
      'x: {"message": "Encrypted content could not be decrypted or parsed."}',
      'affinity',
    ],
    [
      'sealed content of another organization',
      [],
      'The encrypted content gAAA did not match the target organization.',
      'affinity',
    ],
    ['a model that is not in the plan', ['invalid_request_error'], plan, 'model'],
    ['a model under the code of an unknown one', ['model_not_found'], plan, 'model'],
    ['a model that requires another plan', [], 'The model `gpt-x` requires a Pro plan.', 'model'],
    [
      'a model that the account cannot have',
      [],
      'Your account does not have access to the model gpt-x.',
      'model',
    ],
    ['a model that nobody has', ['model_not_found'], 'The model `gpt-x` does not exist.', 'request'],
    ['no model at all', [], plan.replace('gpt-x', ''), null],
    ['a used-up quota', [], spent, 'account'],
    [
      'a used-up quota in an overload',
      ['server_is_overloaded'],
      'The usage limit has been reached',
      'account',
    ],
    ['a used-up quota after other words', [], `stream disconnected: ${spent}`, 'account'],
    ['a code that says more', ['token_expired'], spent, 'auth'],
    ['a request that is quoted', ['invalid_prompt'], 'Refused to say "The usage limit has"', 'request'],
    ['words about nothing known', [], 'The encrypted content is fine.', null],
    ['no words', [], null, null],
  ];
  for (const [what, codes, message, is] of cases) {
    it(`are ${is ?? 'unknown'} for ${what}`, () =>
      assert.equal(classifyError({codes, message})?.errorClass ?? null, is));
  }

  it('are read in no time, however long a page is that says them', () => {
    const page = 'your plan does not include the model '.repeat(50_000);
    const startedAtMs = Date.now();
    classifyError({codes: [], message: `<html>${page}`});
    assert.ok(Date.now() - startedAtMs < 1000);
  });

  it('name the model that is missing', () => {
    for (const message of [
      plan,
      'The model "gpt-x" is not available on your plan.',
      "Your plan doesn't include the model gpt-x.",
    ])
      assert.equal(missingModel(message), 'gpt-x', message);
  });
});
