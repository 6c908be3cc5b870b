import type {Availability} from '../accounts/availability.js';
import {formatDuration, formatLocalTime} from './times.js';

/** An account's state in a few words. */
export function describeAvailability(availability: Availability, nowMs: number): string {
  switch (availability.state) {
    case 'ready':
      return 'ready';
    case 'cooldown':
      return `cooldown until ${formatLocalTime(availability.untilMs, nowMs)} (${formatDuration(availability.untilMs - nowMs)})`;
    case 'needs-login':
      return availability.reason === 'not logged in' ? 'needs login' : `needs login (${availability.reason})`;
    case 'quarantined':
      return `quarantined (${availability.reason})`;
  }
}
