import {type BackendError, isPage, readBackendError} from '../../codex/backend/backend-error.js';
import {type Classified, classifyError} from '../../codex/backend/error-classes.js';
import {answerInFrame} from '../../codex/backend/error-frame.js';
import {missingModel} from '../../codex/backend/error-words.js';
import {parseRetryAfter} from '../../codex/backend/reset-time.js';
import {parseResetPhrase} from '../../codex/process/reset-phrase.js';
import {readStatusMessage} from '../../codex/process/status-message.js';
import {
  MAIN_LIMIT_ID,
  isOfLimit,
  spentUntilMs,
  stopsAccount,
  windowsFromHeaders,
  windowsFromRollout,
} from '../../codex/usage/rate-limits.js';
import type {Context, Outcome, QuotaDetector, UsageWindow, Verdict} from '../../contract/index.js';
import {asRecord, asText} from '../../files/json-values.js';
import {lastErrorOf} from '../last-error.js';

/** How long an account is believed not to have a model: asking again costs one refused request, and plans change. */
const MODEL_MISSING_MS = 3_600_000;

/** Reads what the backend or Codex says by its codes, and by the wordings that are known to stand for one. */
export const structuredQuotaDetector: QuotaDetector = {
  apiVersion: 1,
  id: 'structured',
  summary: "the backend's error codes and the last turn of the rollout",
  detect: (outcome, context) =>
    outcome.source === 'process' ? judgeProcess(outcome, context) : judgeResponse(outcome, context),
};

function judgeProcess(outcome: Outcome, context: Context): Verdict | null {
  const error = lastErrorOf(outcome);
  if (error === null) return null;
  const {message, code} = error;
  const known = classifyError({
    codes: [...workspaceCodes(outcome), ...(code === null ? [] : [code])],
    message,
  });
  const answer = known === null ? readStatusMessage(message) : null;
  if (answer !== null) {
    const {headers} = answerInFrame(answer.body);
    return judgeResponse({...outcome, ...answer, headers}, context);
  }
  if (known === null) return null;
  return verdictOf(known, {
    message,
    windows: windowsFromRollout(outcome.rateLimits),
    // Where the limit is not the main one, Codex writes its id and no windows (measured).
    limitId: asText(asRecord(outcome.rateLimits)?.['limit_id']),
    context,
    ...(outcome.timeZone === undefined ? {} : {timeZone: outcome.timeZone}),
  });
}

/** A workspace's limit looks like the account's own but for these fields beside the windows. */
function workspaceCodes({turnError, rateLimits}: Outcome): string[] {
  if (turnError?.codexErrorInfo !== 'usage_limit_exceeded') return [];
  const limits = asRecord(rateLimits);
  const reached = asText(limits?.['rate_limit_reached_type']);
  return [
    ...(reached === null ? [] : [reached]),
    // Where a member has a limit, it is that one.
    ...(limits?.['spend_control_reached'] === true && asRecord(limits['individual_limit']) === null
      ? ['spend_control_reached']
      : []),
  ];
}

function judgeResponse(outcome: Outcome, context: Context): Verdict | null {
  const {headers = {}, body} = outcome;
  const error = readBackendError(body, context.nowMs);
  const reached = headers['x-codex-rate-limit-reached-type'];
  const message = error?.message ?? asText(body);
  const codes = [...(reached === undefined ? [] : [reached]), ...(error?.codes ?? [])];
  const known = classifyError({codes, message});
  const retryAfterMs = parseRetryAfter(headers['retry-after'], context.nowMs);
  if (known === null) return byStatus(outcome, error, retryAfterMs);
  return verdictOf(known, {
    message: message ?? '',
    resetsAtMs: error?.resetsAtMs ?? null,
    windows: windowsFromHeaders(headers),
    limitId: headers['x-codex-active-limit'] ?? null,
    retryAfterMs,
    context,
    ...(outcome.timeZone === undefined ? {} : {timeZone: outcome.timeZone}),
  });
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
  if ([429, 500, 502, 503, 504].includes(status)) return passing('overload', reason, retryAfterMs);
  return status >= 400 && status < 500 ? {kind: 'request', reason} : null;
}

/** What an error says besides its class. */
type Facts = {
  message: string;
  resetsAtMs?: number | null;
  windows: readonly UsageWindow[];
  /** The limit that was met; null for the main one, or an unknown one. */
  limitId: string | null;
  retryAfterMs?: number | null;
  context: Context;
  timeZone?: string;
};

function verdictOf({errorClass, code: reason}: Classified, facts: Facts): Verdict {
  switch (errorClass) {
    case 'account': {
      const limitId = facts.limitId ?? MAIN_LIMIT_ID;
      const until = untilIn(facts, limitId);
      return stopsAccount({limitId})
        ? {kind: 'quota', scope: 'account', reason, ...until}
        : {kind: 'quota', scope: 'model', limitId, reason, ...until};
    }
    case 'workspace':
      return {kind: 'quota', scope: 'workspace', reason, ...untilIn(facts, MAIN_LIMIT_ID)};
    case 'no-entitlement':
      return {kind: 'quota', scope: 'account', reason};
    case 'model': {
      const lacks = missingModel(facts.message);
      const until = new Date(facts.context.nowMs + MODEL_MISSING_MS);
      return lacks === null
        ? {kind: 'request', reason}
        : {kind: 'quota', scope: 'model', lacks, reason, until};
    }
    default:
      return passing(errorClass, reason, facts.retryAfterMs ?? null);
  }
}

function passing(
  kind: Exclude<Verdict['kind'], 'quota'>,
  reason: string,
  retryAfterMs: number | null,
): Verdict {
  return retryAfterMs === null ? {kind, reason} : {kind, reason, retryAfterMs};
}

/** When a quota comes back: as a field says it, else as the full windows of its limit do, else in words. */
function untilIn({message, resetsAtMs, windows, context, timeZone}: Facts, limitId: string): {until?: Date} {
  const atMs =
    resetsAtMs ??
    spentUntilMs(windows.filter((window) => isOfLimit(window, limitId))) ??
    parseResetPhrase(message, context.nowMs, timeZone);
  return atMs === null ? {} : {until: new Date(atMs)};
}
