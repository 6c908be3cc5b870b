import {type BackendError, isPage, readBackendError} from '../../codex/backend/backend-error.js';
import {type ErrorClass, classifyCodes} from '../../codex/backend/error-classes.js';
import {spentUntilMs, stopsAccount, windowsFromRollout} from '../../codex/usage/rate-limits.js';
import {asRecord, asText} from '../../files/json-values.js';
import {parseRetryAfter} from '../../codex/backend/retry-after.js';
import {readStatusMessage} from '../../codex/process/status-message.js';
import type {Context, Outcome, QuotaDetector, Verdict} from '../../contract/index.js';

/** Reads what the backend or Codex says in fields that are made for it; no wording is involved. */
export const structuredQuotaDetector: QuotaDetector = {
  apiVersion: 1,
  id: 'structured',
  summary: "the backend's error codes and the last turn of the rollout",
  detect: (outcome, context) =>
    outcome.source === 'process' ? judgeProcess(outcome, context) : judgeResponse(outcome, context),
};

function judgeProcess(outcome: Outcome, context: Context): Verdict | null {
  const {turnError} = outcome;
  if (!turnError) return null;
  const code = turnError.codexErrorInfo;
  const known = classifyCodes([...workspaceCodes(outcome), ...(code === null ? [] : [code])]);
  if (!known) {
    const answer = readStatusMessage(turnError.message);
    return answer ? judgeResponse({source: 'http', ...answer}, context) : null;
  }
  const windows = windowsFromRollout(outcome.rateLimits);
  return verdictOf(known.errorClass, known.code, {
    resetsAtMs: spentUntilMs(windows),
    limitId: windows[0]?.limitId ?? null,
  });
}

/** A workspace's limit looks like the account's own but for these fields beside the windows. */
function workspaceCodes({turnError, rateLimits}: Outcome): string[] {
  if (turnError?.codexErrorInfo !== 'usage_limit_exceeded') return [];
  const limits = asRecord(rateLimits);
  const reached = asText(limits?.['rate_limit_reached_type']);
  return [
    ...(reached === null ? [] : [reached]),
    ...(limits?.['spend_control_reached'] === true ? ['spend_control_reached'] : []),
  ];
}

function judgeResponse(outcome: Outcome, context: Context): Verdict | null {
  const {headers = {}} = outcome;
  const error = readBackendError(outcome.body, context.nowMs);
  const reached = headers['x-codex-rate-limit-reached-type'];
  const known = classifyCodes([...(reached === undefined ? [] : [reached]), ...(error?.codes ?? [])]);
  const retryAfterMs = parseRetryAfter(headers['retry-after'], context.nowMs);
  if (known) {
    return verdictOf(known.errorClass, known.code, {
      resetsAtMs: error?.resetsAtMs ?? null,
      limitId: headers['x-codex-active-limit'] ?? null,
      retryAfterMs,
    });
  }
  return byStatus(outcome, error, retryAfterMs);
}

/**
 * Where no code is known, the status class alone: 401 is about the login, unless it is a page of something on the way; 429
 * and 5xx pass, other 4xx are the request's.
 */
function byStatus(
  {status, body}: Outcome,
  error: BackendError | null,
  retryAfterMs: number | null,
): Verdict | null {
  if (status === undefined) return null;
  const reason = error?.codes[0] ?? `status ${status}`;
  if (status === 401 && isPage(body))
    return {kind: 'overload', reason: `${reason} with a page instead of an answer, as of a firewall`};
  if (status === 401) return {kind: 'auth', reason};
  if ([429, 500, 502, 503, 504].includes(status)) return verdictOf('overload', reason, {retryAfterMs});
  return status >= 400 && status < 500 ? {kind: 'request', reason} : null;
}

function verdictOf(
  errorClass: ErrorClass,
  reason: string,
  facts: {resetsAtMs?: number | null; limitId?: string | null; retryAfterMs?: number | null},
): Verdict {
  const until = typeof facts.resetsAtMs === 'number' ? {until: new Date(facts.resetsAtMs)} : {};
  switch (errorClass) {
    case 'account':
      return typeof facts.limitId === 'string' && !stopsAccount({limitId: facts.limitId})
        ? {kind: 'quota', scope: 'model', limitId: facts.limitId, reason, ...until}
        : {kind: 'quota', scope: 'account', reason, ...until};
    case 'workspace':
      return {kind: 'quota', scope: 'workspace', reason, ...until};
    case 'no-entitlement':
      return {kind: 'quota', scope: 'account', reason};
    default:
      return typeof facts.retryAfterMs === 'number'
        ? {kind: errorClass, reason, retryAfterMs: facts.retryAfterMs}
        : {kind: errorClass, reason};
  }
}
