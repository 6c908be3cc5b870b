import type {UsageWindow} from '../../contract/index.js';
import {asNumber, asRecord, asText} from '../../files/json-values.js';

/** The limit every plan has; other ids belong to single models. */
export const MAIN_LIMIT_ID = 'codex';

/** The binding window is the fullest one; null for none. */
export function fullestWindow(windows: readonly UsageWindow[]): UsageWindow | null {
  return windows.reduce<UsageWindow | null>(
    (fullest, window) => (fullest === null || window.usedPercent > fullest.usedPercent ? window : fullest),
    null,
  );
}

/** Reads `token_count.rate_limits` of a rollout: `{limit_id, primary:{used_percent,window_minutes,resets_at}, secondary}`. */
export function windowsFromRollout(rateLimits: unknown): UsageWindow[] {
  const limits = asRecord(rateLimits);
  if (!limits) return [];
  const limitId = typeof limits['limit_id'] === 'string' ? limits['limit_id'] : MAIN_LIMIT_ID;
  return [limits['primary'], limits['secondary']].flatMap((window) => {
    const fields = asRecord(window);
    const usedPercent = fields?.['used_percent'];
    if (!fields || typeof usedPercent !== 'number') return [];
    return [
      {
        limitId,
        usedPercent,
        windowMinutes: asNumber(fields['window_minutes']),
        resetsAtMs: secondsToMs(fields['resets_at'] ?? fields['reset_at']),
      },
    ];
  });
}

/**
 * Reads the rate-limit headers of a response: `x-codex-{primary,secondary}-{used-percent,window-minutes,reset-at}`, and
 * the same of further limits as `x-codex-<id>-primary-…`.
 *
 * @param headers lower-case names.
 */
export function windowsFromHeaders(headers: Readonly<Record<string, string>>): UsageWindow[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const match = WINDOW_HEADER.exec(name);
    if (!match || value.trim() === '' || !Number.isFinite(Number(value))) return [];
    const prefix = name.slice(0, -'used-percent'.length);
    const number = (suffix: string): number | null => {
      const text = headers[prefix + suffix];
      return text === undefined || text.trim() === '' ? null : asNumber(Number(text));
    };
    return [
      {
        limitId: match[1] ?? MAIN_LIMIT_ID,
        usedPercent: Number(value),
        windowMinutes: number('window-minutes'),
        resetsAtMs: secondsToMs(number('reset-at')),
      },
    ];
  });
}

const WINDOW_HEADER = /^x-codex-(?:(.+)-)?(?:primary|secondary)-used-percent$/;

/**
 * Reads a `codex.rate_limits` event of a stream: `{rate_limits:{primary:{used_percent,window_minutes,reset_at},
 * secondary}, metered_limit_name}`.
 */
export function windowsFromEvent(event: unknown): UsageWindow[] {
  const fields = asRecord(event);
  const limits = asRecord(fields?.['rate_limits']);
  if (!limits) return [];
  return windowsFromRollout({...limits, limit_id: asText(fields?.['metered_limit_name']) ?? MAIN_LIMIT_ID});
}

function secondsToMs(value: unknown): number | null {
  const seconds = asNumber(value);
  return seconds === null || seconds <= 0 ? null : seconds * 1000;
}

/** A window is taken as the one that ran out from here on. */
const SPENT_PERCENT = 99.5;

/** The windows that a refusal for quota was about: those that are full. */
export function spentWindows<W extends UsageWindow>(windows: readonly W[]): W[] {
  return windows.filter(({usedPercent}) => usedPercent >= SPENT_PERCENT);
}
