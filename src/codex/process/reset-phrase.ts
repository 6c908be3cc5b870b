import {wallTimeAt, wallTimeMs} from './wall-time.js';

/**
 * Reads "try again at 2:07 PM", "try again at Nov 24th, 2026 9:00 AM" or "try again in 2 hours 5 minutes" as Codex
 * words them. Between the words may stand any blanks, also those that do not break. A time that no clock or calendar
 * shows is none.
 *
 * @param timeZone the one in which Codex worded it (measured: `TZ` of its environment, which the home's `.env` outranks);
 *   that of this process where absent.
 * @returns milliseconds since the epoch, or null when there is no such phrase.
 */
export function parseResetPhrase(text: string, nowMs: number, timeZone?: string): number | null {
  return parseAt(text, nowMs, timeZone) ?? parseIn(text, nowMs);
}

const AT =
  /try\s+again\s+at\s+(?:([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}),?\s+)?(\d{1,2}):(\d{2})(?!\d)(?::\d{2})?(?:\s*([ap])\.?m\b)?/i;

const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

function parseAt(text: string, nowMs: number, timeZone: string | undefined): number | null {
  const match = AT.exec(text);
  const today = wallTimeAt(nowMs, timeZone);
  if (!match || today === null) return null;
  const [, month, day, year, clockHour, minute, half] = match;
  const hour = hourOf(Number(clockHour), half);
  if (hour === null) return null;
  const clock = {hour, minute: Number(minute)};
  if (month !== undefined) {
    const index = MONTHS.findIndex((name) => name.startsWith(month.toLowerCase()));
    return wallTimeMs({year: Number(year), month: index + 1, day: Number(day), ...clock}, timeZone);
  }
  const atMs = wallTimeMs({...today, ...clock}, timeZone);
  // A bare clock time that has passed by more than its own minute is tomorrow's.
  if (atMs === null || atMs >= nowMs - 60_000) return atMs;
  const tomorrow = new Date(Date.UTC(today.year, today.month - 1, today.day + 1));
  const date = {
    year: tomorrow.getUTCFullYear(),
    month: tomorrow.getUTCMonth() + 1,
    day: tomorrow.getUTCDate(),
  };
  return wallTimeMs({...date, ...clock}, timeZone);
}

/** Of a clock of 12 hours where `half` says which of the two, else of 24. */
function hourOf(shown: number, half: string | undefined): number | null {
  if (half === undefined) return shown <= 23 ? shown : null;
  if (shown < 1 || shown > 12) return null;
  return (shown % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

const UNITS_MS: Readonly<Record<string, number>> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
};

const SPAN = String.raw`(\d{1,6})\s+(week|day|hour|minute|second)s?\b`;
const IN = new RegExp(String.raw`try\s+again\s+in\s+((?:${SPAN}(?:\s*,)?\s*(?:and\s+)?)+)`, 'i');

function parseIn(text: string, nowMs: number): number | null {
  if (/try\s+again\s+in\s+less\s+than\s+a\s+minute/i.test(text)) return nowMs + 60_000;
  const spans = IN.exec(text)?.[1];
  if (spans === undefined) return null;
  return [...spans.matchAll(new RegExp(SPAN, 'gi'))].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS_MS[(unit ?? '').toLowerCase()] ?? 0),
    nowMs,
  );
}
