import type {Return} from '../accounts/state/choice.js';
import {formatDuration, formatLocalTime} from './times.js';

/** When the first account comes back, as a sentence. */
export function describeReset({name, atMs}: Return): string {
  return `The earliest reset: ${name} at ${formatLocalTime(atMs)} (in ${formatDuration(atMs - Date.now())}).`;
}
