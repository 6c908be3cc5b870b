/** How long one stream may be dealt with at a stretch, milliseconds. */
const LONGEST_STRETCH_MS = 10;

/**
 * Tells when a stream has been dealt with for so long that all others have to be let in: what has come of it already is
 * handed over piece by piece without a break, be it megabytes.
 */
export class Breath {
  private sinceMs: number | null = null;

  /** To be asked after each piece. */
  isNeeded(): boolean {
    const nowMs = performance.now();
    if (this.sinceMs !== null) return nowMs - this.sinceMs > LONGEST_STRETCH_MS;
    this.sinceMs = nowMs;
    setImmediate(() => (this.sinceMs = null));
    return false;
  }
}
