import {isObject, type JsonObject} from '../account/json.js';
import type {AccessFailure} from '../account/tokens.js';
import type {ErrorAnswer} from './disturbances.js';

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Any HTTP error. */
export function errorAnswer(
  status: number,
  body: JsonObject,
  headers: Record<string, string> = {},
): ErrorAnswer {
  return {kind: 'error', label: `${status}`, status, body, headers};
}

/** The OpenAI error shape `{error: {message, type, code, param}}`. */
export function apiError(
  status: number,
  code: string,
  message: string,
  type = 'invalid_request_error',
  headers: Record<string, string> = {},
): ErrorAnswer {
  return {...errorAnswer(status, {error: {message, type, code, param: null}}, headers), label: code};
}

/** An error that is told by the event that ends a response, which has begun with a 200. */
export function atTheEnd(
  error: ErrorAnswer,
  terminal: NonNullable<ErrorAnswer['terminal']> = 'response.incomplete',
): ErrorAnswer {
  return {...error, terminal};
}

/** The event that ends a response with an error. */
export function terminalEvent({body, label, terminal}: ErrorAnswer, responseId: string | null): JsonObject {
  const type = terminal ?? 'response.failed';
  const told = body['error'];
  const cause = isObject(told) ? told : {message: body['detail'] ?? label};
  const status = type === 'response.failed' ? 'failed' : 'incomplete';
  const error = {...cause, code: cause['code'] ?? cause['type'] ?? label};
  return {type, response: {id: responseId, object: 'response', status, error}};
}

/** A page for people, as a firewall or a portal on the way answers with. */
export function firewallPage(status = 403): ErrorAnswer {
  return {
    ...errorAnswer(status, {}),
    label: 'firewall',
    page: '<!doctype html>\n<title>Blocked</title>\n<p>Sign in to use this network; then try again.</p>\n',
  };
}

/** Which usage is gone, and until when. */
export type QuotaOptions = {
  /** seconds from now; default an hour */
  resetsInSeconds?: number;
  /** epoch seconds; wins over resetsInSeconds. null leaves both fields out of the answer */
  resetsAt?: number | null;
  /** the window that is full; default primary */
  window?: 'primary' | 'secondary';
  /** a further limit that is exhausted, for one model, instead of the account's own windows */
  limit?: {id: string; name: string; model?: string};
  /** the windows of that limit come in the place of the account's own, which only x-codex-active-limit tells */
  inPlace?: boolean;
  planType?: string;
};

/** 429 usage_limit_reached: the plan's quota is gone. Fills the window, so that usage says the same. */
export function quota(options: QuotaOptions = {}): ErrorAnswer {
  const inSeconds = options.resetsInSeconds ?? 3600;
  const resetsAt = options.resetsAt === undefined ? nowSeconds() + inSeconds : options.resetsAt;
  const reset = resetsAt === null ? {} : {resets_at: resetsAt, resets_in_seconds: resetsAt - nowSeconds()};
  const error = {
    type: 'usage_limit_reached',
    message: 'The usage limit has been reached',
    plan_type: options.planType ?? 'plus',
    ...reset,
  };
  const {limit, window = 'primary'} = options;
  if (limit !== undefined) {
    const family = options.inPlace === true ? 'x-codex' : `x-codex-${limit.id}`;
    return {
      ...errorAnswer(429, {error}),
      label: `usage_limit_reached ${limit.id}`,
      lasting: true,
      headers: {
        'x-codex-active-limit': limit.id,
        ...(options.inPlace === true ? {} : {[`${family}-limit-name`]: limit.name}),
        [`${family}-primary-used-percent`]: '100',
        [`${family}-primary-window-minutes`]: '300',
        [`${family}-primary-reset-at`]: String(resetsAt ?? nowSeconds() + inSeconds),
      },
    };
  }
  return {
    ...errorAnswer(429, {error}),
    label: 'usage_limit_reached',
    lasting: true,
    affect: (usage) => {
      const full = usage.windows[window];
      if (full === null) return;
      full.usedPercent = 100;
      if (resetsAt !== null) full.resetAt = resetsAt;
    },
  };
}

/** 429 that tells in words alone when the quota comes back. @param when such as `at 2:07 PM` */
export function quotaInWords(when: string, code = 'usage_limit_exceeded'): ErrorAnswer {
  const message = `You’ve hit your usage limit. Upgrade to Pro, or try again ${when}.`;
  return {...errorAnswer(429, {error: {code, message}}), label: code};
}

/** 400: the account's plan does not have this model. */
export function unsupportedModel(model: string): ErrorAnswer {
  const detail = `The '${model}' model is not supported when using Codex with a ChatGPT account.`;
  return {...errorAnswer(400, {detail}), label: 'model not supported'};
}

/**
 * 429 of a workspace: credits depleted or its usage limit reached, by owner or member.
 * @param reachedType such as workspace_owner_credits_depleted or workspace_member_usage_limit_reached
 */
export function workspaceLimit(reachedType = 'workspace_member_credits_depleted'): ErrorAnswer {
  return {
    ...quota({resetsAt: null}),
    label: reachedType,
    headers: {'x-codex-rate-limit-reached-type': reachedType},
    affect: (usage) => (usage.reachedType = reachedType),
  };
}

/** 401: the access token is refused. */
export function unauthorized(code: AccessFailure = 'token_invalidated'): ErrorAnswer {
  return apiError(401, code, 'Your authentication token is no longer valid. Please try signing in again.');
}

/** 401, 402 or 403: an account that is gone for good. */
export function dead(
  code:
    | 'deactivated_workspace'
    | 'invalid_workspace_selected'
    | 'codex_workspace_access_denied'
    | 'account_deactivated'
    | 'account_suspended'
    | 'account_deleted' = 'deactivated_workspace',
): ErrorAnswer {
  if (code.startsWith('account_')) return apiError(401, code, 'Your account is not available any more.');
  const status = code === 'deactivated_workspace' ? 402 : 403;
  return {...errorAnswer(status, {detail: {code}}), label: code};
}

/** 429: the plan has no right to Codex, or nothing is left to pay with. */
export function notEntitled(
  code: 'usage_not_included' | 'insufficient_quota' | 'quota_exceeded' = 'usage_not_included',
): ErrorAnswer {
  return apiError(429, code, 'Your plan does not include this.', code);
}

/** The backend has too much to do: 503 server_is_overloaded or slow_down, 429 rate_limit_exceeded, 500, 502, 504… */
export function overloaded(
  options: {status?: number; code?: string | null; retryAfterSeconds?: number} = {},
): ErrorAnswer {
  const {status = 503, code = status === 503 ? 'server_is_overloaded' : null, retryAfterSeconds} = options;
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : {'retry-after': String(retryAfterSeconds)};
  if (code === null) return errorAnswer(status, {detail: 'Something went wrong'}, headers);
  return apiError(
    status,
    code,
    'Our servers are currently overloaded. Please try again later.',
    'server_error',
    headers,
  );
}

/** 400: the request itself is at fault. */
export function badRequest(
  code: 'context_length_exceeded' | 'cyber_policy' | 'invalid_prompt' | 'model_not_found' = 'invalid_prompt',
  message = `The request was refused: ${code}.`,
): ErrorAnswer {
  return apiError(400, code, message);
}

/** 400: another account made this content. @param sealed the content, of which the answer shows the ends */
export function invalidEncryptedContent(sealed: string, code = 'invalid_encrypted_content'): ErrorAnswer {
  return apiError(
    400,
    code,
    `The encrypted content ${sealed.slice(0, 8)}...${sealed.slice(-4)} could not be verified. ` +
      'Reason: Encrypted content could not be decrypted or parsed.',
  );
}

/** 400: there is no response of this id to go on from. */
export function previousResponseNotFound(id: string): ErrorAnswer {
  return apiError(400, 'previous_response_not_found', `Previous response with id '${id}' not found.`);
}
