/** Clocks are this far apart at most where nothing is wrong: those of two machines that share a folder, or of one that is set right. */
const MOST_SKEW_MS = 2 * 60_000;

/**
 * Whether something that has happened is dated later than now: the clock has been set back since, or was ahead then. Such a
 * date says nothing of what is older or newer, and as long as that clock was ahead nothing would outdate it.
 */
export function isAhead(atMs: number, nowMs: number): boolean {
  return atMs - nowMs > MOST_SKEW_MS;
}

/** How long ago something happened, in milliseconds; Infinity where its date {@link isAhead}, for nobody knows. */
export function ageMs(atMs: number, nowMs: number): number {
  return isAhead(atMs, nowMs) ? Infinity : Math.max(0, nowMs - atMs);
}

/**
 * Measures a length of time, which no change of the date makes longer, shorter or negative.
 *
 * @returns milliseconds since the call.
 */
export function stopwatch(): () => number {
  const startedAt = performance.now();
  return () => Math.round(performance.now() - startedAt);
}

/**
 * Remembers the moment of the call.
 *
 * @returns when that was, milliseconds since the epoch, by the date as it is when asked: where the clock has been set back
 *   since, what was dated after the call is not earlier than this.
 */
export function markMoment(): () => number {
  const atMs = Date.now();
  const elapsedMs = stopwatch();
  return () => Math.min(atMs, new Date().getTime() - elapsedMs());
}
