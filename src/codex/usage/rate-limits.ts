import type {Credits, UsageWindow} from '../../contract/index.js';
import {asRecord, asText} from '../../files/json-values.js';
import {resetAtMs} from '../backend/reset-time.js';
import {percentIn, windowMinutesIn} from '../backend/window-figures.js';
import {BUDGET_LIMIT_ID, budgetWindow} from './spend-control.js';

/** The limit every plan has; other ids belong to single models. */
export const MAIN_LIMIT_ID = 'codex';

/** Only 100 % is full: at 99.6 % the backend still takes requests. */
export function isFull({usedPercent}: Pick<UsageWindow, 'usedPercent'>): boolean {
  return usedPercent >= 100;
}

/** A whole number to show: only what is full reads as 100 and only what is unused as 0. */
export function shownPercent(usedPercent: number): number {
  const rounded = Math.round(usedPercent);
  return usedPercent > 0 && usedPercent < 100 ? Math.min(99, Math.max(1, rounded)) : rounded;
}

/** Whether a window stops the account as a whole: the plan's limit, and the budget of its workspace. */
export function stopsAccount({limitId}: Pick<UsageWindow, 'limitId'>): boolean {
  return limitId === MAIN_LIMIT_ID || limitId === BUDGET_LIMIT_ID;
}

/** Whether a window belongs to a limit; the plan's limit and the budget stand for one. */
export function isOfLimit(window: Pick<UsageWindow, 'limitId'>, limitId: string): boolean {
  return window.limitId === limitId || (stopsAccount({limitId}) && stopsAccount(window));
}

/** When these windows have all started over, milliseconds since the epoch; null where none says. */
export function lastResetMs(windows: readonly UsageWindow[]): number | null {
  const resets = windows.flatMap(({resetsAtMs}) => (resetsAtMs === null ? [] : [resetsAtMs]));
  return resets.length === 0 ? null : Math.max(...resets);
}

/** {@link lastResetMs} of the full ones among these windows. */
export function spentUntilMs(windows: readonly UsageWindow[]): number | null {
  return lastResetMs(windows.filter(isFull));
}

/**
 * The window that stops the account first: the fullest of those that stop it as a whole; of the others only where none of
 * these is known. Pass windows as they stand now: one whose reset has passed binds nobody.
 */
export function bindingWindow<W extends UsageWindow>(windows: readonly W[]): W | null {
  const main = windows.filter(stopsAccount);
  return (main.length > 0 ? main : windows).reduce<W | null>(
    (fullest, window) => (fullest === null || window.usedPercent > fullest.usedPercent ? window : fullest),
    null,
  );
}

/**
 * Reads `token_count.rate_limits` of a rollout: `{limit_id, primary:{used_percent,window_minutes,resets_at}, secondary,
 * individual_limit:{limit,used,remaining_percent,resets_at}, spend_control_reached}`.
 */
export function windowsFromRollout(rateLimits: unknown): UsageWindow[] {
  const limits = asRecord(rateLimits);
  if (!limits) return [];
  const limitId = asText(limits['limit_id']) ?? MAIN_LIMIT_ID;
  const individual = asRecord(limits['individual_limit']);
  const budget = budgetWindow(
    individual && {
      usedPercent: individual['used_percent'],
      remainingPercent: individual['remaining_percent'],
      used: individual['used'],
      limit: individual['limit'],
      resetsAtMs: resetAtMs(individual['resets_at'] ?? individual['reset_at']),
    },
    limits['spend_control_reached'] === true,
  );
  const windows = [limits['primary'], limits['secondary']].flatMap((window) => {
    const fields = asRecord(window);
    const usedPercent = percentIn(fields?.['used_percent']);
    if (!fields || usedPercent === null) return [];
    return [
      {
        limitId,
        usedPercent,
        windowMinutes: windowMinutesIn(fields['window_minutes']),
        resetsAtMs: resetAtMs(fields['resets_at'] ?? fields['reset_at']),
      },
    ];
  });
  return budget === null ? windows : [...windows, budget];
}

/**
 * Reads the rate-limit headers of a response: `x-codex-{primary,secondary}-{used-percent,window-minutes,reset-at}`, and
 * the same of further limits as `x-codex-<id>-primary-…`. Where `x-codex-active-limit` names a further limit that does not
 * come under its own name, the first are that one's.
 *
 * @param headers lower-case names.
 */
export function windowsFromHeaders(headers: Readonly<Record<string, string>>): UsageWindow[] {
  const main = familyInPlace(headers) ?? MAIN_LIMIT_ID;
  return Object.entries(headers).flatMap(([name, value]) => {
    const match = WINDOW_HEADER.exec(name);
    const usedPercent = percentIn(value);
    if (!match || usedPercent === null) return [];
    const prefix = name.slice(0, -'used-percent'.length);
    return [
      {
        limitId: match[1] ?? main,
        usedPercent,
        windowMinutes: windowMinutesIn(headers[`${prefix}window-minutes`]),
        resetsAtMs: resetAtMs(headers[`${prefix}reset-at`]),
      },
    ];
  });
}

/**
 * The limit whose windows stand in the place of the main one's: the active one, unless its own come along under its
 * name. Null where the main limit's stand there.
 */
function familyInPlace(headers: Readonly<Record<string, string>>): string | null {
  const active = headers['x-codex-active-limit'];
  if (active === undefined || active === '' || active === MAIN_LIMIT_ID) return null;
  const comesByName = Object.keys(headers).some((name) => name.startsWith(`x-codex-${active}-`));
  return comesByName ? null : active;
}

const WINDOW_HEADER = /^x-codex-(?:(.+)-)?(?:primary|secondary)-used-percent$/;

/**
 * Reads a `codex.rate_limits` event of a stream: `{rate_limits:{primary:{used_percent,window_minutes,reset_at},
 * secondary}, metered_limit_name}`.
 */
export function windowsFromEvent(event: unknown): UsageWindow[] {
  const fields = asRecord(event);
  const limits = asRecord(fields?.['rate_limits']);
  if (!limits) return [];
  return windowsFromRollout({...limits, limit_id: asText(fields?.['metered_limit_name']) ?? MAIN_LIMIT_ID});
}

/**
 * Reads `x-codex-credits-{has-credits,unlimited,balance}`.
 *
 * @param headers lower-case names.
 * @returns null where nothing is said of credits.
 */
export function creditsFromHeaders(headers: Readonly<Record<string, string>>): Credits | null {
  const hasCredits = headers['x-codex-credits-has-credits'];
  if (hasCredits === undefined) return null;
  return {
    hasCredits: /^true$/i.test(hasCredits),
    unlimited: /^true$/i.test(headers['x-codex-credits-unlimited'] ?? ''),
    balance: asText(headers['x-codex-credits-balance']),
  };
}
