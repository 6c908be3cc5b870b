/**
 * Reads "try again at 2:07 PM", "try again at Nov 24th, 2026 9:00 AM" or "try again in 2 hours 5 minutes" as Codex
 * words them, in local time.
 *
 * @returns milliseconds since the epoch, or null when there is no such phrase.
 */
export function parseResetPhrase(text: string, nowMs: number): number | null {
  return parseAt(text, nowMs) ?? parseIn(text, nowMs);
}

function parseAt(text: string, nowMs: number): number | null {
  const match =
    /try again at (?:([A-Z][a-z]{2,8}) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}),? )?(\d{1,2}):(\d{2}) ?(AM|PM)/i.exec(
      text,
    );
  if (!match) return null;
  const [, month, day, year, hour, minute, half] = match;
  const hours = (Number(hour) % 12) + (half?.toUpperCase() === 'PM' ? 12 : 0);
  if (month !== undefined) {
    const date = Date.parse(`${month.slice(0, 3)} ${day} ${year} ${hours}:${minute}`);
    return Number.isNaN(date) ? null : date;
  }
  const at = new Date(nowMs);
  at.setHours(hours, Number(minute), 0, 0);
  // A bare clock time that has passed by more than its own minute is tomorrow's.
  if (at.getTime() < nowMs - 60_000) at.setDate(at.getDate() + 1);
  return at.getTime();
}

const UNITS_MS: Readonly<Record<string, number>> = {
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
};

function parseIn(text: string, nowMs: number): number | null {
  const match = /try again in ((?:\d+ (?:day|hour|minute|second)s?[, ]*(?:and )?)+)/i.exec(text);
  if (!match?.[1]) return null;
  const parts = [...match[1].matchAll(/(\d+) (day|hour|minute|second)/gi)];
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS_MS[(unit ?? '').toLowerCase()] ?? 0),
    nowMs,
  );
}
