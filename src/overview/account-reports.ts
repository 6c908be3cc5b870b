import type {Standing} from '../accounts/state/account-state.js';
import {missingModels} from '../accounts/state/missing-models.js';
import {storeNews} from '../accounts/rollout-news.js';
import {type Candidate, candidatesOf} from '../accounts/standings.js';
import {traitsOf} from '../codex/login/login-kind.js';
import {cooldownRemainingMs} from '../accounts/data/status-file.js';
import type {AccountStore} from '../accounts/store/store.js';
import {type AccountUsage, windowsAt} from '../accounts/data/usage-file.js';
import {authFilePath, isLoggedIn} from '../codex/login/auth-file.js';
import {identityOf} from '../codex/login/identity.js';
import {bindingWindow} from '../codex/usage/rate-limits.js';
import {redact} from '../files/text/redact.js';
import type {AccountReport, Usage} from '../contract/index.js';

const LAST_ISO_MS = Date.UTC(9999, 11, 31);

/**
 * Every account as `cao status --json` shows it, in the order in which they are tried. Usage is the newest of what is
 * stored and what Codex has written into rollouts since, which is stored then. No network.
 *
 * @param onProblem told of an account whose rollouts cannot be read.
 */
export async function reportAccounts(
  store: AccountStore,
  nowMs: number,
  onProblem: (problem: string) => void,
): Promise<AccountReport[]> {
  const candidates = await candidatesOf(store, nowMs, {onProblem});
  await storeNews(store, candidates);
  return candidates.map((candidate) => describe(candidate, nowMs));
}

function describe({account, login, kind, usage, standing}: Candidate, nowMs: number): AccountReport {
  const identity = login.kind === 'ok' ? identityOf(login.auth) : null;
  const {status} = account;
  const expiresAtMs = identity?.tokenExpiresAtMs ?? null;
  const remainingMs = cooldownRemainingMs(status, nowMs);
  return {
    name: account.name,
    isDefault: account.isDefault,
    ...reportedStanding(standing),
    loggedIn: isLoggedIn(login),
    kind,
    accountId: identity?.workspaceId ?? null,
    organizationId: identity?.organizationId ?? null,
    ...both('tokenExpires', expiresAtMs),
    tokenExpiresInMs: expiresAtMs === null ? null : expiresAtMs - nowMs,
    refreshable: traitsOf(kind).refreshable && (identity?.hasRefreshToken ?? false),
    ...both('lastRefresh', identity?.lastRefreshAtMs ?? null),
    ...both('lastAttempt', status.lastAttemptAtMs),
    ...both('lastSuccess', status.lastSuccessAtMs),
    ...both('lastQuota', status.lastQuotaAtMs),
    cooldownUntilMs: status.cooldownUntilMs,
    cooldownUntilIso: iso(status.cooldownUntilMs),
    cooldownRemainingMs: status.cooldownUntilMs === null ? null : remainingMs,
    modelCooldowns: Object.entries(status.modelCooldowns ?? {})
      .filter(([, untilMs]) => untilMs > nowMs)
      .map(([limitId, untilMs]) => ({limitId, untilMs})),
    missingModels: missingModels(status, nowMs),
    consecutiveFailures: status.consecutiveFailures,
    lastError: status.lastError === null ? null : redact(status.lastError),
    accountDir: account.home,
    authFilePath: authFilePath(account.home),
    email: identity?.email ?? null,
    plan: identity?.plan ?? usage.plan ?? null,
    userId: identity?.userId ?? null,
    usage: usageReport(usage, nowMs),
  };
}

function reportedStanding({
  state,
  reason,
  untilMs,
  spendsCredits,
}: Standing): Pick<AccountReport, 'state' | 'stateReason' | 'stateUntilMs' | 'spendsCredits'> {
  return {
    state,
    stateReason: reason === null ? null : redact(reason),
    stateUntilMs: untilMs,
    spendsCredits,
  };
}

function usageReport(usage: AccountUsage, nowMs: number): Usage | null {
  const {credits = null, creditsAtMs, creditsSource} = usage;
  const beside = creditsAtMs && creditsSource ? [{atMs: creditsAtMs, source: creditsSource}] : [];
  const told = usage.windows.length > 0 ? usage.windows : beside;
  const [newest] = told.toSorted((left, right) => right.atMs - left.atMs);
  if (!newest) return null;
  const windows = windowsAt(usage, nowMs).map(({limitId, usedPercent, windowMinutes, resetsAtMs}) => {
    return {limitId, usedPercent, windowMinutes, resetsAtMs};
  });
  return {windows, binding: bindingWindow(windows), fetchedAtMs: newest.atMs, source: newest.source, credits};
}

type Times<K extends string> = Record<`${K}AtMs`, number | null> & Record<`${K}AtIso`, string | null>;

/** A time under both of its names. */
function both<K extends string>(key: K, ms: number | null): Times<K> {
  return {[`${key}AtMs`]: ms, [`${key}AtIso`]: iso(ms)} as Times<K>;
}

function iso(ms: number | null): string | null {
  if (ms === null) return null;
  // RFC 3339 has years of four digits.
  return ms > LAST_ISO_MS ? null : new Date(ms).toISOString();
}
