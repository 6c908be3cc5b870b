import {asNumeric} from '../../files/json-values.js';

/** A hundred years: no quota has a longer window. */
const MOST_MINUTES = 100 * 365.25 * 24 * 60;

/**
 * How much of a limit is used or left, as backends and files tell it. The one place that reads such a figure.
 *
 * @returns 0 to 100, the nearest of these for what lies outside; null where nothing is told.
 */
export function percentIn(value: unknown): number | null {
  const told = asNumeric(value);
  return told === null ? null : nearestPercent(told);
}

/** What is no percentage as the nearest that is one. */
export function nearestPercent(value: number): number {
  return Math.max(0, Math.min(100, value));
}

/** The length of a window; null where none is told, or one that no window has. */
export function windowMinutesIn(value: unknown): number | null {
  const told = asNumeric(value);
  return told !== null && told > 0 && told <= MOST_MINUTES ? told : null;
}
