const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 5 * 60_000;

type Trouble = {reason: string; pauseMs: number; until: number};

/**
 * Holds a process that lives long back from asking the token endpoint at every request while that is in trouble: a second
 * after the first failure, twice as long after each further one, at most five minutes. `now` is of `performance`: a clock
 * that is set back must not make the pause longer.
 */
export class RefreshBackoff {
  private readonly troubles = new Map<string, Trouble>();

  /** Why a home's login is not to be refreshed yet; null when it may be. */
  reason(home: string, now = performance.now()): string | null {
    const trouble = this.troubles.get(home);
    return trouble !== undefined && trouble.until > now ? trouble.reason : null;
  }

  failed(home: string, reason: string, now = performance.now()): void {
    const before = this.troubles.get(home)?.pauseMs;
    const pauseMs = before === undefined ? FIRST_PAUSE_MS : Math.min(before * 2, LONGEST_PAUSE_MS);
    this.troubles.set(home, {reason, pauseMs, until: now + pauseMs});
  }

  /** The endpoint answered, whatever it said. */
  answered(home: string): void {
    this.troubles.delete(home);
  }
}
