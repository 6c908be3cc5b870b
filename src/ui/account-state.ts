import type {Availability} from '../accounts/availability.js';
import {formatDuration, formatLocalTime} from './times.js';

/** An account's state in a few words. */
export function describeAvailability(availability: Availability, nowMs: number): string {
  switch (availability.state) {
    case 'ready':
      return 'ready';
    case 'cooldown':
      return cooldownWords(availability.untilMs, nowMs);
    case 'needs-login':
      return availability.reason === 'not logged in' ? 'needs login' : `needs login (${availability.reason})`;
    case 'quarantined':
      return `quarantined (${availability.reason})`;
  }
}

/** `cooldown until 15:19 (1 h 12 min)` */
export function cooldownWords(untilMs: number, nowMs: number): string {
  return `cooldown until ${formatLocalTime(untilMs, nowMs)} (${formatDuration(untilMs - nowMs)})`;
}
