const YEAR_DAYS = 365;

/** `2026-11-22 14:07` in local time; the date is left out when it is today. */
export function formatLocalTime(ms: number, nowMs: number = Date.now()): string {
  const at = new Date(ms);
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  const day = localDay(at);
  return day === localDay(new Date(nowMs)) ? clock : `${day} ${clock}`;
}

/** `2 y 34 d`, `3 d 4 h`, `2 h 05 min`, `12 min`, `45 s`: the two units that matter. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${pad(minutes % 60)} min`;
  const days = Math.floor(hours / 24);
  if (days < YEAR_DAYS) return `${days} d ${hours % 24} h`;
  return `${Math.floor(days / YEAR_DAYS)} y ${days % YEAR_DAYS} d`;
}

/** ISO 8601 in UTC, as programs write it. */
const ISO_TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z/g;

/** A sentence that was made for programs too, its times as {@link formatLocalTime} gives them. */
export function withLocalTimes(text: string, nowMs: number): string {
  return text.replaceAll(ISO_TIME, (iso) => {
    const atMs = Date.parse(iso);
    return Number.isNaN(atMs) ? iso : formatLocalTime(atMs, nowMs);
  });
}

function localDay(at: Date): string {
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
