import {nearestTimeMs} from '../../codex/backend/reset-time.js';
import type {AccountState} from '../../contract/index.js';
import {
  MAIN_LIMIT_ID,
  bindingWindow,
  isFull,
  lastResetMs,
  stopsAccount,
} from '../../codex/usage/rate-limits.js';
import {BUDGET_LIMIT_ID} from '../../codex/usage/spend-control.js';
import {windowLabel} from '../../codex/usage/window-name.js';
import {isRefusedWithoutReset} from '../data/evidence.js';
import type {UsePolicy} from '../data/gateway-file.js';
import {type AccountStatus, inLightOf, modelLimitOf, ownValue} from '../data/status-file.js';
import {type AccountUsage, type StoredWindow, windowsAt} from '../data/usage-file.js';

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
  /** The plan's quota is used up: what a ready account does now is paid with credits. */
  spendsCredits: boolean;
};

/**
 * The one decision on whether an account can be used now.
 *
 * A login that was written after a refusal is another one, whoever wrote it: `codex login`, Codex's own refresh, another
 * tool. A closed account is not opened by that, since Codex refreshes the tokens of closed accounts as well.
 */
export function stateOf(name: string, facts: AccountFacts, policy: UsePolicy, nowMs: number): Standing {
  const {login, usage} = facts;
  const {blocked, cooldownUntilMs, lastError, refusals} = inLightOf(facts.status, usage);
  if (login.kind === 'none') return standing('needs-login', null, login.reason);
  if (blocked?.kind === 'dead') return standing('quarantined', null, blocked.reason);
  if (blocked && login.writtenAtMs <= blocked.atMs) return standing('needs-login', null, blocked.reason);
  const byUsage = stateOfUsage(usage, policy.reserve[name] ?? 0, policy.restMs, nowMs);
  if (cooldownUntilMs === null || cooldownUntilMs <= nowMs) return byUsage;
  // A cooldown that ends while a window is still full, or reserved, brings nothing back.
  return standing(
    'cooldown',
    Math.max(cooldownUntilMs, byUsage.untilMs ?? 0),
    ownValue(refusals, MAIN_LIMIT_ID)?.reason ?? lastError,
  );
}

/** As far as the windows, the backend's own word and the credits tell. Limits of single models leave the account usable. */
function stateOfUsage(usage: AccountUsage, reservePercent: number, restMs: number, nowMs: number): Standing {
  const windows = windowsAt(usage, nowMs).filter(stopsAccount);
  const reserved =
    reservePercent > 0 ? windows.filter(({usedPercent}) => usedPercent >= 100 - reservePercent) : [];
  if (reserved.length > 0)
    return standing('reserved', lastResetMs(reserved), `${reservePercent} % of its quota is reserved`);
  if (isRefusedWithoutReset(usage.permission, usage.windows)) {
    const untilMs = nearestTimeMs((usage.permission?.atMs ?? 0) + restMs);
    return untilMs > nowMs ? standing('used-up', untilMs, 'the backend says that it is out') : READY;
  }
  const full = windows.filter(isFull);
  // Full for an unknown time, it may have started over: the backend's next answer tells.
  const untilMs = lastResetMs(full);
  if (untilMs === null) return READY;
  // Credits pay what comes after the plan's windows, but never more than a budget.
  if (hasCredits(usage) && !full.some(({limitId}) => limitId === BUDGET_LIMIT_ID))
    return {...READY, spendsCredits: true};
  return standing('used-up', untilMs, whyUsedUp(bindingWindow(full)));
}

function whyUsedUp(window: StoredWindow | null): string | null {
  if (window === null) return null;
  const what = window.limitId === BUDGET_LIMIT_ID ? '' : ' window';
  return `its ${windowLabel(window)}${what} is used up`;
}

function standing(state: AccountState, untilMs: number | null, reason: string | null): Standing {
  return {state, untilMs, reason, spendsCredits: false};
}

const READY: Standing = standing('ready', null, null);

/** Paid credits go on where the plan's windows end. */
function hasCredits({credits}: AccountUsage): boolean {
  return credits?.hasCredits === true || credits?.unlimited === true;
}

/**
 * Until when the limit behind a model is used up on an account, milliseconds since the epoch; null when it is not.
 *
 * @param status in the light of the account's usage (`inLightOf`).
 */
export function modelOutUntil(status: AccountStatus, model: string | null, nowMs: number): number | null {
  const limitId = modelLimitOf(status, model);
  const untilMs = limitId === null ? 0 : (ownValue(status.modelCooldowns, limitId) ?? 0);
  return untilMs > nowMs ? untilMs : null;
}
