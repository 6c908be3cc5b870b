import type {AccountState} from '../../contract/index.js';
import type {Standing} from '../../accounts/state/account-state.js';
import {formatDuration, formatLocalTime} from '../times.js';

/** An account's state in a few words: `used-up until 15:19 (1 h 12 min)`, `needs-login (invalid_grant)`. */
export function describeStanding({state, untilMs, reason, spendsCredits}: Standing, nowMs: number): string {
  switch (state) {
    case 'ready':
      return spendsCredits ? `${state} (on credits)` : state;
    case 'cooldown':
    case 'used-up':
    case 'reserved':
      return untilWords(state, untilMs, nowMs);
    case 'needs-login':
    case 'quarantined':
      return reason === null || reason === 'not logged in' ? state : `${state} (${reason})`;
  }
}

/** `cooldown until 15:19 (1 h 12 min)`; the state alone where the end is not known. */
export function untilWords(state: AccountState, untilMs: number | null, nowMs: number): string {
  if (untilMs === null) return state;
  return `${state} until ${formatLocalTime(untilMs, nowMs)} (${formatDuration(untilMs - nowMs)})`;
}
