import type {UsageWindow} from '../../contract/index.js';
import {MAIN_LIMIT_ID} from './rate-limits.js';
import {BUDGET_LIMIT_ID} from './spend-control.js';

const HOUR = 60;
const DAY = 24 * HOUR;

/** Backends have been seen to tell lengths that are off by a minute. */
const TOLERANCE = 5;

/**
 * The name of a rate-limit window, by its length and never by its position: `5 h`, `weekly`, `monthly`, `3 d`.
 *
 * @param minutes the length; null when the backend did not tell it.
 */
export function windowName(minutes: number | null): string {
  if (minutes === null) return 'limit';
  if (minutes >= 28 * DAY && minutes <= 31 * DAY) return 'monthly';
  if (isAbout(minutes, 7 * DAY)) return 'weekly';
  if (isAbout(minutes, DAY)) return 'daily';
  const days = Math.round(minutes / DAY);
  if (days > 0 && isAbout(minutes, days * DAY)) return `${days} d`;
  const hours = Math.round(minutes / HOUR);
  return hours > 0 && isAbout(minutes, hours * HOUR) ? `${hours} h` : `${minutes} min`;
}

/** What a window is called beside others: {@link windowName}, with the limit's own name when it is not the plan's. */
export function windowLabel({
  limitId,
  windowMinutes,
}: Pick<UsageWindow, 'limitId' | 'windowMinutes'>): string {
  if (limitId === BUDGET_LIMIT_ID) return 'budget';
  const length = windowName(windowMinutes);
  return limitId === MAIN_LIMIT_ID ? length : `${limitId} ${length}`;
}

function isAbout(minutes: number, wanted: number): boolean {
  return Math.abs(minutes - wanted) <= TOLERANCE;
}
