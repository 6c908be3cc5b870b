const UNITS_MS: Readonly<Record<string, number>> = {s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000};

/**
 * Whether a word reads as a duration: `90`, `45s`, `30m`, `12h`, `1h30m`. With a zero in front it is none, since the
 * ids of threads begin so: `--wait 0192` waits the default time for thread 0192….
 */
export function isDuration(text: string): boolean {
  return /^(?!0\d)(?:\d+|(?:\d+[smhd])+)$/.test(text);
}

/** Milliseconds of a duration as {@link isDuration} takes it; a bare number is seconds. Null for anything else. */
export function parseDuration(text: string): number | null {
  if (!isDuration(text)) return null;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  return [...text.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS_MS[unit ?? 's'] ?? 0),
    0,
  );
}
