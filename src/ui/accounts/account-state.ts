import type {Standing} from '../../accounts/state/account-state.js';
import {formatDuration, formatLocalTime} from '../times.js';

/** An account's state in a few words: `used up until 15:19 (1 h 12 min)`. */
export function describeStanding({state, untilMs, reason, spendsCredits}: Standing, nowMs: number): string {
  switch (state) {
    case 'ready':
      return spendsCredits ? 'ready (on credits)' : 'ready';
    case 'cooldown':
      return untilWords('cooldown', untilMs, nowMs);
    case 'used-up':
      return untilWords('used up', untilMs, nowMs);
    case 'reserved':
      return untilWords('reserved', untilMs, nowMs);
    case 'needs-login':
      return reason === null || reason === 'not logged in' ? 'needs login' : `needs login (${reason})`;
    case 'quarantined':
      return reason === null ? 'quarantined' : `quarantined (${reason})`;
  }
}

/** `cooldown until 15:19 (1 h 12 min)`; the word alone where the end is not known. */
export function untilWords(word: string, untilMs: number | null, nowMs: number): string {
  if (untilMs === null) return word;
  return `${word} until ${formatLocalTime(untilMs, nowMs)} (${formatDuration(untilMs - nowMs)})`;
}
