import type {AccountState} from '../../contract/index.js';
import {MAIN_LIMIT_ID, bindingWindow, spentUntilMs} from '../../codex/usage/rate-limits.js';
import {windowName} from '../../codex/usage/window-name.js';
import type {UsePolicy} from '../data/gateway-file.js';
import type {AccountStatus} from '../data/status.js';
import {type AccountUsage, windowsAt} from '../data/usage-file.js';

/** What is known of a home's login, without its tokens. */
export type LoginFacts =
  | {kind: 'usable'; writtenAtMs: number}
  /** `reason` in a few words: `not logged in`, or what is wrong with the file. */
  | {kind: 'none'; reason: string};

/** What is known of one account: its login, what happened on it, and what it has left. */
export type AccountFacts = {login: LoginFacts; status: AccountStatus; usage: AccountUsage};

/** An account's state with how long it is known to last and why. */
export type Standing = {
  state: AccountState;
  /** Milliseconds since the epoch; null for as long as somebody does something, or for an unknown time. */
  untilMs: number | null;
  /** Null for a ready account. */
  reason: string | null;
};

/**
 * The one decision on whether an account can be used now.
 *
 * A login that was written after a refusal is another one, whoever wrote it: `codex login`, Codex's own refresh, another
 * tool. A closed account is not opened by that, since Codex refreshes the tokens of closed accounts as well.
 */
export function stateOf(name: string, facts: AccountFacts, policy: UsePolicy, nowMs: number): Standing {
  const {login, status, usage} = facts;
  const {blocked, cooldownUntilMs} = status;
  if (login.kind === 'none') return {state: 'needs-login', untilMs: null, reason: login.reason};
  if (blocked?.kind === 'dead') return {state: 'quarantined', untilMs: null, reason: blocked.reason};
  if (blocked && login.writtenAtMs <= blocked.atMs)
    return {state: 'needs-login', untilMs: null, reason: blocked.reason};
  if (cooldownUntilMs !== null && cooldownUntilMs > nowMs)
    return {state: 'cooldown', untilMs: cooldownUntilMs, reason: status.lastError};
  return stateOfUsage(usage, policy.reserve[name] ?? 0, nowMs);
}

function stateOfUsage(usage: AccountUsage, reservePercent: number, nowMs: number): Standing {
  // Limits of single models leave the account usable.
  const windows = windowsAt(usage, nowMs).filter(({limitId}) => limitId === MAIN_LIMIT_ID);
  const binding = bindingWindow(windows);
  if (binding === null) return READY;
  if (reservePercent > 0 && binding.usedPercent >= 100 - reservePercent) {
    const untilMs = spentUntilMs(windows) ?? binding.resetsAtMs;
    return {state: 'reserved', untilMs, reason: `${reservePercent} % of its quota is reserved`};
  }
  const untilMs = spentUntilMs(windows);
  // Full for an unknown time, it may have started over: the backend's next answer tells.
  if (untilMs === null || hasCredits(usage)) return READY;
  return {state: 'used-up', untilMs, reason: `its ${windowName(binding.windowMinutes)} window is used up`};
}

const READY: Standing = {state: 'ready', untilMs: null, reason: null};

/** Paid credits go on where the plan's windows end. */
function hasCredits({credits}: AccountUsage): boolean {
  return credits?.hasCredits === true || credits?.unlimited === true;
}

/** Until when the limit behind a model is used up on an account, milliseconds since the epoch; null when it is not. */
export function modelOutUntil(status: AccountStatus, model: string | null, nowMs: number): number | null {
  if (model === null) return null;
  const limitId = ownValue(status.modelLimits, model) ?? model;
  const untilMs = ownValue(status.modelCooldowns, limitId) ?? 0;
  return untilMs > nowMs ? untilMs : null;
}

/** Own keys only: `constructor` could be a model. */
function ownValue<T>(entries: Record<string, T> | undefined, key: string): T | undefined {
  return entries !== undefined && Object.hasOwn(entries, key) ? entries[key] : undefined;
}
