/** A moment as clocks and calendars show it; months from 1. */
export type WallTime = {year: number; month: number; day: number; hour: number; minute: number};

const DAY_MS = 86_400_000;

/**
 * What clocks in a time zone show at `ms`.
 *
 * @param timeZone such as `Asia/Tokyo`, as `TZ` has it; this process's own where absent.
 * @returns null for a zone that is not known.
 */
export function wallTimeAt(ms: number, timeZone?: string): WallTime | null {
  const offsetMs = offsetAt(ms, timeZone);
  if (offsetMs === null) return null;
  const shown = new Date(ms + offsetMs);
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
  };
}

/**
 * When clocks show this. A time that comes twice is its first, one that is left out is as if the clocks had not been
 * changed yet.
 *
 * @returns milliseconds since the epoch; null for what no calendar shows, and for a zone that is not known.
 */
export function wallTimeMs({year, month, day, hour, minute}: WallTime, timeZone?: string): number | null {
  const shown = new Date(Date.UTC(year, month - 1, day, hour, minute));
  const isReal =
    shown.getUTCMonth() === month - 1 &&
    shown.getUTCDate() === day &&
    shown.getUTCHours() === hour &&
    shown.getUTCMinutes() === minute;
  if (!isReal) return null;
  const utcMs = shown.getTime();
  const before = offsetAt(utcMs - DAY_MS, timeZone);
  const after = offsetAt(utcMs + DAY_MS, timeZone);
  if (before === null || after === null) return null;
  const fits = [before, after].find((offsetMs) => offsetAt(utcMs - offsetMs, timeZone) === offsetMs);
  return utcMs - (fits ?? before);
}

/** Milliseconds that clocks are ahead of UTC. */
function offsetAt(ms: number, timeZone: string | undefined): number | null {
  if (timeZone === undefined) return -new Date(ms).getTimezoneOffset() * 60_000;
  const parts = partsAt(ms, timeZone);
  if (parts === null) return null;
  const [year = 0, month = 1, ...clock] = parts;
  return Date.UTC(year, month - 1, ...clock) - Math.floor(ms / 60_000) * 60_000;
}

function partsAt(ms: number, timeZone: string): number[] | null {
  const fields = ['year', 'month', 'day', 'hour', 'minute'] as const;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: timeZone.replace(/^:/, ''),
      hourCycle: 'h23',
      ...Object.fromEntries(fields.map((field) => [field, 'numeric'])),
    });
    const parts = format.formatToParts(ms);
    return fields.map((field) => Number(parts.find(({type}) => type === field)?.value));
  } catch {
    // What the C library reads in TZ besides names, such as `JST-9`, is not known to everyone.
    return null;
  }
}
