import {setTimeout as sleep} from 'node:timers/promises';

import type {AccountStore} from '../accounts/store.js';
import {usable} from '../accounts/choice.js';
import {candidates} from './candidates.js';

/** Other processes may free an account early (a login, another plan): how often to look. */
const LOOK_AGAIN_MS = 5000;
const TICK_MS = 1000;

/**
 * Waits until an account is free or `deadlineMs` has come; the clock on the wall counts, also over a suspended machine.
 *
 * @param onTick told every second when the earliest reset is.
 * @returns whether an account is free.
 */
export async function waitForAccount(
  store: AccountStore,
  {untilMs, deadlineMs, onTick}: {untilMs: number; deadlineMs: number; onTick: (remainingMs: number) => void},
): Promise<boolean> {
  let lookAtMs = Date.now() + LOOK_AGAIN_MS;
  while (Date.now() < Math.min(untilMs, deadlineMs)) {
    onTick(untilMs - Date.now());
    await sleep(Math.min(TICK_MS, Math.max(1, Math.min(untilMs, deadlineMs) - Date.now())));
    if (Date.now() >= lookAtMs) {
      if (await someAccountIsReady(store)) return true;
      lookAtMs = Date.now() + LOOK_AGAIN_MS;
    }
  }
  return someAccountIsReady(store);
}

async function someAccountIsReady(store: AccountStore): Promise<boolean> {
  return usable(await candidates(store, undefined)).length > 0;
}
