import {asNumber, asRecord} from './record.js';

/** One window of a rate limit as the backend or a rollout tells it, in one shape. */
export type RateLimitWindow = {
  limitId: string;
  usedPercent: number;
  /** What the window is named by; null when not told. */
  windowMinutes: number | null;
  resetsAtMs: number | null;
};

/** The limit every plan has; other ids belong to single models. */
export const MAIN_LIMIT_ID = 'codex';

/** The binding window is the fullest one; null for none. */
export function fullestWindow(windows: readonly RateLimitWindow[]): RateLimitWindow | null {
  return windows.reduce<RateLimitWindow | null>(
    (fullest, window) => (fullest === null || window.usedPercent > fullest.usedPercent ? window : fullest),
    null,
  );
}

/** Reads `token_count.rate_limits` of a rollout: `{limit_id, primary:{used_percent,window_minutes,resets_at}, secondary}`. */
export function windowsFromRollout(rateLimits: unknown): RateLimitWindow[] {
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

function secondsToMs(value: unknown): number | null {
  const seconds = asNumber(value);
  return seconds === null || seconds <= 0 ? null : seconds * 1000;
}
