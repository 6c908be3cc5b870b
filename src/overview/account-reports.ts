import {type Availability, availabilityWith} from '../accounts/availability.js';
import {cooldownRemainingMs} from '../accounts/status.js';
import type {Account, AccountStore} from '../accounts/store.js';
import {
  type AccountUsage,
  type UsageSample,
  mergeSample,
  sameWindow,
  windowsAt,
} from '../accounts/usage-file.js';
import {usageOf} from '../accounts/usage-store.js';
import {type AuthFileState, authFilePath, isLoggedIn, readAuthFile} from '../codex/login/auth-file.js';
import {type Identity, identityOf} from '../codex/login/identity.js';
import {fullestWindow} from '../codex/usage/rate-limits.js';
import {redact} from '../files/redact.js';
import {latestRolloutUsage} from '../codex/usage/rollout-usage.js';
import {CaoError, hasErrorCode, messageOf} from '../errors/errors.js';
import type {AccountReport, Usage} from '../contract/index.js';

/**
 * Every account as `cao status --json` shows it, in the order in which they are tried. Usage is the newest of what is
 * stored and what Codex has written into rollouts since, which is stored then. No network.
 */
export async function reportAccounts(store: AccountStore, nowMs: number): Promise<AccountReport[]> {
  const [accounts, usage] = await Promise.all([store.accounts(), store.usage.read()]);
  const seen = await Promise.all(
    accounts.map((account) => inspect(account, usageOf(usage, account.name), nowMs, store.onProblem)),
  );
  await keep(
    store,
    seen.flatMap(({news}) => news),
  );
  return seen.map(({report}) => report);
}

type Inspected = {report: AccountReport; news: UsageSample[]};

async function inspect(
  account: Account,
  stored: AccountUsage,
  nowMs: number,
  onProblem: (problem: string) => void,
): Promise<Inspected> {
  const auth = await readAuthFile(account.home);
  const identity = auth.kind === 'ok' ? identityOf(auth.auth) : null;
  const readings = await latestRolloutUsage(account.home, identity?.workspaceId ?? null).catch(
    (error: unknown) => {
      onProblem(`What the threads of ${account.name} tell of its usage cannot be read: ${messageOf(error)}`);
      return [];
    },
  );
  const news = readings
    .map(({atMs, windows, credits, plan}): UsageSample => {
      return {account: account.name, windows, source: 'rollout', atMs, credits, plan};
    })
    .filter((sample) => tellsNews(stored, sample));
  const usage = news.reduce(mergeSample, stored);
  return {report: describe(account, auth, identity, usage, nowMs), news};
}

function tellsNews(stored: AccountUsage, {windows, atMs}: UsageSample): boolean {
  return windows.some((window) => {
    const old = stored.windows.find((candidate) => sameWindow(candidate, window));
    return !old || old.atMs < atMs;
  });
}

/** Stored for the next look; looking must work on a folder that cannot be written. */
async function keep(store: AccountStore, samples: readonly UsageSample[]): Promise<void> {
  try {
    await store.usage.record(samples);
  } catch (error) {
    const locked = error instanceof CaoError && error.code === 'lock_timeout';
    if (!locked && !hasErrorCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOSPC')) throw error;
  }
}

function describe(
  account: Account,
  auth: AuthFileState,
  identity: Identity | null,
  usage: AccountUsage,
  nowMs: number,
): AccountReport {
  const {status} = account;
  const availability = availabilityWith(account, auth, nowMs);
  const expiresAtMs = identity?.tokenExpiresAtMs ?? null;
  const remainingMs = cooldownRemainingMs(status, nowMs);
  return {
    name: account.name,
    isDefault: account.isDefault,
    state: availability.state,
    stateReason: reasonOf(availability, status.lastError),
    loggedIn: isLoggedIn(auth),
    accountId: identity?.workspaceId ?? null,
    organizationId: identity?.organizationId ?? null,
    ...both('tokenExpires', expiresAtMs),
    tokenExpiresInMs: expiresAtMs === null ? null : expiresAtMs - nowMs,
    refreshable: identity?.hasRefreshToken ?? false,
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

/** Why an account is not ready; a cooldown's is the error that began it. */
function reasonOf(availability: Availability, lastError: string | null): string | null {
  if (availability.state === 'ready') return null;
  const reason = availability.state === 'cooldown' ? lastError : availability.reason;
  return reason === null ? null : redact(reason);
}

function usageReport(usage: AccountUsage, nowMs: number): Usage | null {
  const [first, ...others] = usage.windows;
  if (!first) return null;
  const newest = others.reduce((latest, window) => (window.atMs > latest.atMs ? window : latest), first);
  const windows = windowsAt(usage, nowMs).map(({limitId, usedPercent, windowMinutes, resetsAtMs}) => {
    return {limitId, usedPercent, windowMinutes, resetsAtMs};
  });
  return {
    windows,
    binding: fullestWindow(windows),
    fetchedAtMs: newest.atMs,
    source: newest.source,
    credits: usage.credits ?? null,
  };
}

type Times<K extends string> = Record<`${K}AtMs`, number | null> & Record<`${K}AtIso`, string | null>;

/** A time under both of its names. */
function both<K extends string>(key: K, ms: number | null): Times<K> {
  return {[`${key}AtMs`]: ms, [`${key}AtIso`]: iso(ms)} as Times<K>;
}

function iso(ms: number | null): string | null {
  if (ms === null) return null;
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
