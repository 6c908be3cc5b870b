import {setTimeout as sleep} from 'node:timers/promises';

import {stopwatch} from '../files/clock.js';

/** Other processes may free an account early (a login, another plan): how often to look. */
const LOOK_AGAIN_MS = 5000;
const TICK_MS = 1000;

export type WaitOptions = {
  /** When the first account comes free by itself. */
  untilMs: number;
  /** Looks whether an account can be used by now. */
  isFree: () => Promise<boolean>;
  /** Told every second when the earliest reset is. */
  onTick: (remainingMs: number) => void;
  /** How often to look whether an account is free already. */
  lookAgainMs?: number;
};

/**
 * Waits until an account is free or `untilMs` has come; the clock on the wall counts, also over a suspended machine. Looks are by
 * the other one: where that on the wall is set back, what it has dated ahead may be void, and nobody waits for it.
 *
 * @returns whether an account is free.
 */
export async function waitForAccount({
  untilMs,
  isFree,
  onTick,
  lookAgainMs = LOOK_AGAIN_MS,
}: WaitOptions): Promise<boolean> {
  let sinceLookMs = stopwatch();
  for (let nowMs = Date.now(); nowMs < untilMs; nowMs = Date.now()) {
    const remainingMs = Math.max(1, untilMs - nowMs);
    onTick(remainingMs);
    await sleep(Math.min(TICK_MS, lookAgainMs, remainingMs));
    if (sinceLookMs() >= lookAgainMs) {
      if (await isFree()) return true;
      sinceLookMs = stopwatch();
    }
  }
  return isFree();
}
