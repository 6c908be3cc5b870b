import {resetAfterMs} from './reset-time.js';

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
