import {isFull, isOfLimit, stopsAccount} from '../../codex/usage/rate-limits.js';
import type {UsageWindow} from '../../contract/index.js';

/** So long after a refusal the figures of backends may still be those from before it. */
const FIGURES_LAG_MS = 2 * 60_000;

/** Resets told by different sources are one if they are no further apart: some tell it to the minute. */
const SAME_RESET_MS = 2 * 60_000;

/** That the backend refused an account for a quota. */
export type Refusal = {
  /** Milliseconds since the epoch. */
  atMs: number;
  /** When the quota returns, as the backend told it; null where it did not. */
  resetsAtMs: number | null;
};

/** How much of a window was used at a moment. */
type Figures = Pick<UsageWindow, 'usedPercent' | 'resetsAtMs'> & {
  atMs: number;
  refused?: boolean | undefined;
};

/**
 * Whether a refusal still stands for a window of which newer figures were told. The one rule on evidence about quotas:
 *
 * - the newer wins, whichever way it points and whoever tells it: what was asked before a refusal says nothing against it;
 * - a window that names another reset, or is unused and names none, has started over: it is believed at once, full or not;
 * - one with the same reset, or none told, may be a figure from before the refusal: it is believed after two minutes,
 *   or two accounts would be tried in turn as long as it lags;
 * - work that began after a refusal and succeeded ends it (`afterSuccess`).
 */
export function refusalOutweighs(refusal: Refusal, told: Figures): boolean {
  if (told.atMs <= refusal.atMs) return true;
  return isSameReset(refusal, told) && told.atMs - refusal.atMs < FIGURES_LAG_MS;
}

/**
 * Whether a quota that was refused is still out, as far as the account's figures tell: {@link refusalOutweighs} over all
 * windows of its limit. Figures say nothing of a refusal that named no reset; its rest is ours and short.
 */
export function isStillOut(
  limitId: string,
  refusal: Refusal,
  windows: readonly (UsageWindow & Figures)[],
): boolean {
  const {atMs, resetsAtMs} = refusal;
  const own = windows.filter((window) => isOfLimit(window, limitId));
  if (resetsAtMs === null || !own.some((window) => window.atMs > atMs)) return true;
  return own.some((window) => {
    if (window.resetsAtMs === null && window.atMs <= atMs) return false;
    return isSameReset(refusal, window) && (isFull(window) || refusalOutweighs(refusal, window));
  });
}

/** What the backend last said of whether an account may go on, and when it was asked. */
export type Permission = {allowed: boolean; atMs: number};

/** Whether the backend has let the account go on since a refusal, long enough after it. */
export function wasAllowedSince(
  {atMs}: Pick<Refusal, 'atMs'>,
  permission: Permission | null | undefined,
): boolean {
  return permission?.allowed === true && permission.atMs - atMs >= FIGURES_LAG_MS;
}

/**
 * Whether the backend's word that an account is out still counts, beyond what its windows say: no window that was full
 * then explains it, and no newer figures contradict it.
 */
export function isRefusedWithoutReset(
  permission: Permission | null | undefined,
  windows: readonly (UsageWindow & Figures)[],
): boolean {
  if (permission?.allowed !== false) return false;
  const {atMs} = permission;
  return windows.filter(stopsAccount).every((window) => {
    const explains = isFull(window) && (window.resetsAtMs ?? 0) > atMs;
    return !explains && refusalOutweighs({atMs, resetsAtMs: null}, window);
  });
}

function isSameReset({resetsAtMs}: Refusal, told: Figures): boolean {
  if (told.resetsAtMs === null) return told.usedPercent > 0;
  return resetsAtMs === null || Math.abs(resetsAtMs - told.resetsAtMs) <= SAME_RESET_MS;
}
