import {formatDuration, formatLocalTime} from './times.js';

/** When the first account comes back, as a sentence. */
export function describeReset({name, untilMs}: {name: string; untilMs: number}): string {
  return `The earliest reset: ${name} at ${formatLocalTime(untilMs)} (in ${formatDuration(untilMs - Date.now())}).`;
}
