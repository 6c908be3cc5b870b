import {asNumeric} from '../../files/json-values.js';

/** As seconds this is the year 5138: what is larger was told in milliseconds. */
const MOST_SECONDS = 1e11;

/** The last moment that a Date holds. */
const END_OF_TIME_MS = 8.64e15;

/** A time that others told, milliseconds since the epoch, as the nearest one that a Date holds. */
export function nearestTimeMs(ms: number): number {
  return Math.max(-END_OF_TIME_MS, Math.min(END_OF_TIME_MS, ms));
}

/**
 * When something starts over, as backends have told it: an epoch time in seconds or milliseconds, a number or digits in a
 * string, else a date in words that name its zone. The one place that reads such a time.
 *
 * @returns milliseconds since the epoch, never more than a Date holds; null where nothing is told.
 */
export function resetAtMs(value: unknown): number | null {
  const told = asNumeric(value);
  if (told !== null) return told <= 0 ? null : clamp(told < MOST_SECONDS ? told * 1000 : told);
  if (typeof value !== 'string' || !/\d[^\d].*(?:Z|GMT|UTC|[+-]\d\d:?\d\d)$/i.test(value.trim())) return null;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) || atMs <= 0 ? null : atMs;
}

/** {@link resetAtMs} of something that is told as the seconds from now. Null where nothing, or the past, is told. */
export function resetAfterMs(seconds: unknown, nowMs: number): number | null {
  const told = asNumeric(seconds);
  return told === null || told < 0 ? null : clamp(nowMs + told * 1000);
}

function clamp(atMs: number): number {
  return nearestTimeMs(Math.round(atMs));
}

/** The dates of RFC 9110, 5.6.7, all of which name the day of the week first. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * Milliseconds that a `Retry-After` header asks to wait: seconds, be they in parts, or an HTTP date. What lies in the past
 * asks for no wait.
 *
 * @returns null when absent or unreadable.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? '';
  if (/^-?\d+(?:\.\d+)?$/.test(text)) {
    const seconds = Math.min(Math.max(0, Number(text)), Number.MAX_SAFE_INTEGER);
    return (resetAfterMs(seconds, nowMs) ?? nowMs) - nowMs;
  }
  const atMs = HTTP_DATE.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
