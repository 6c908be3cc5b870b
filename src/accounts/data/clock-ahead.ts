import {MAIN_LIMIT_ID} from '../../codex/usage/rate-limits.js';
import {isAhead} from '../../files/clock.js';
import {type AccountStatus, withoutCooldown} from './status-file.js';
import type {AccountUsage} from './usage-file.js';

/**
 * An account's status without what a clock that was ahead has dated: a cooldown of that time could last for months, and newer
 * figures, logins and successes would all seem older. The next answer of the backend tells; an account that it has closed
 * stays closed.
 */
export function statusAsOf(status: AccountStatus, nowMs: number): AccountStatus {
  const past = (atMs: number | null): number | null => (atMs !== null && isAhead(atMs, nowMs) ? null : atMs);
  const {lastAttemptAtMs, lastSuccessAtMs, lastQuotaAtMs, blocked, refusals = {}} = status;
  const unfounded = Object.entries(refusals).flatMap(([limitId, {atMs}]) =>
    isAhead(atMs, nowMs) ? [limitId] : [],
  );
  // Older versions have written down no refusal behind a cooldown.
  if (past(lastQuotaAtMs) !== lastQuotaAtMs && !Object.hasOwn(refusals, MAIN_LIMIT_ID))
    unfounded.push(MAIN_LIMIT_ID);
  return {
    ...unfounded.reduce(withoutCooldown, status),
    lastAttemptAtMs: past(lastAttemptAtMs),
    lastSuccessAtMs: past(lastSuccessAtMs),
    lastQuotaAtMs: past(lastQuotaAtMs),
    // Every login and every success is newer than that.
    ...(blocked && isAhead(blocked.atMs, nowMs) ? {blocked: {...blocked, atMs: 0}} : {}),
  };
}

/** An account's usage without what a clock that was ahead has dated. */
export function usageAsOf(usage: AccountUsage, nowMs: number): AccountUsage {
  const isDatedAhead = (atMs: number | null | undefined): boolean => isAhead(atMs ?? 0, nowMs);
  const {windows, permission, models, creditsAtMs, lastPollAtMs} = usage;
  return {
    ...usage,
    windows: windows.filter(({atMs}) => !isDatedAhead(atMs)),
    ...(isDatedAhead(permission?.atMs) ? {permission: null} : {}),
    ...(isDatedAhead(models?.atMs) ? {models: null} : {}),
    ...(isDatedAhead(creditsAtMs) ? {creditsAtMs: null} : {}),
    ...(isDatedAhead(lastPollAtMs) ? {lastPollAtMs: null} : {}),
  };
}
