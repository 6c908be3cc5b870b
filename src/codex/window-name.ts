const HOUR = 60;
const DAY = 24 * HOUR;

/**
 * The name of a rate-limit window, by its length and never by its position: `5 h`, `weekly`, `monthly`, `3 d`.
 *
 * @param minutes the length; null when the backend did not tell it.
 */
export function windowName(minutes: number | null): string {
  if (minutes === null) return 'limit';
  if (minutes >= 28 * DAY && minutes <= 31 * DAY) return 'monthly';
  if (minutes === 7 * DAY) return 'weekly';
  if (minutes === DAY) return 'daily';
  if (minutes % DAY === 0) return `${minutes / DAY} d`;
  if (minutes >= HOUR) return `${Math.round(minutes / HOUR)} h`;
  return `${minutes} min`;
}
