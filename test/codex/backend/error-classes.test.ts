import assert from 'node:assert/strict';

import {classifyCodes, type ErrorClass} from '../../../src/codex/backend/error-classes.js';

describe('the classes of backend errors', () => {
  const classes: Record<ErrorClass, string[]> = {
    account: ['usage_limit_reached', 'usage_limit_exceeded'],
    workspace: [
      'workspace_owner_credits_depleted',
      'workspace_member_credits_depleted',
      'workspace_owner_usage_limit_reached',
      'workspace_member_usage_limit_reached',
      'organization_usage_limit_exceeded',
      'organization_spend_limit_exceeded',
      'spend_control_reached',
    ],
    'no-entitlement': ['usage_not_included', 'insufficient_quota', 'quota_exceeded'],
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
