import {codeInWords} from './error-words.js';

/** The classes of errors that the Codex backend answers with. `model`: the account does not have the one that was asked for. */
export type ErrorClass =
  | 'account'
  | 'workspace'
  | 'no-entitlement'
  | 'model'
  | 'auth'
  | 'dead'
  | 'overload'
  | 'request'
  | 'affinity';

/** The refusals of a login by its tokens, which only a refresh or a new login ends. */
export const REFUSED_TOKENS: readonly string[] = [
  'token_invalidated',
  'token_expired',
  'token_revoked',
  'refresh_token_expired',
  'refresh_token_reused',
  'refresh_token_invalidated',
  'invalid_grant',
];

/** The backend has closed the account itself. */
export const CLOSED_ACCOUNTS: readonly string[] = [
  'account_deactivated',
  'account_suspended',
  'account_deleted',
];

const CLASSES: Readonly<Record<ErrorClass, readonly string[]>> = {
  // A member's limit is that member's own: "your spend cap set by the owner of your workspace" (Codex's words).
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
  auth: [...REFUSED_TOKENS, 'unauthorized'],
  dead: [
    ...CLOSED_ACCOUNTS,
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

const classOfCode = new Map(
  Object.entries(CLASSES).flatMap(([name, codes]) =>
    codes.map((code) => [code, name as ErrorClass] as const),
  ),
);

export type Classified = {errorClass: ErrorClass; code: string};

/** Of these the words tell more than the code. */
const VAGUE: ReadonlySet<ErrorClass> = new Set(['overload', 'request']);

/**
 * The class of an error, with its code: of the first code that is known, or of what the message says where that says
 * more. Null when neither is known.
 */
export function classifyError({
  codes,
  message,
}: {
  codes: readonly string[];
  message: string | null;
}): Classified | null {
  const byCode = classifyCodes(codes);
  if (byCode !== null && !VAGUE.has(byCode.errorClass)) return byCode;
  const said = codeInWords(message);
  return (said === null ? null : classifyCodes([said])) ?? byCode;
}

function classifyCodes(codes: readonly string[]): Classified | null {
  for (const code of codes) {
    const errorClass = classOfCode.get(code);
    if (errorClass) return {errorClass, code};
  }
  return null;
}
