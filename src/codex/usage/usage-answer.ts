import type {Credits, UsageWindow} from '../../contract/index.js';
import {MAIN_LIMIT_ID} from './rate-limits.js';
import {asNumeric, asRecord, asText} from '../../files/json-values.js';
import {resetAfterMs, resetAtMs} from '../backend/reset-time.js';

/** What one source says of an account's limits. */
export type UsageReading = {
  windows: UsageWindow[];
  credits: Credits | null;
  /** An open set: `plus`, `pro`, … */
  plan: string | null;
};

/**
 * Reads the answer of `GET wham/usage`: the main limit, the limits of single models, and credits.
 *
 * @param nowMs for windows that only say in how many seconds they reset.
 */
export function readUsageAnswer(body: unknown, nowMs: number): UsageReading | null {
  const root = asRecord(body);
  if (!root || !('rate_limit' in root)) return null;
  const additional = Array.isArray(root['additional_rate_limits'])
    ? (root['additional_rate_limits'] as unknown[])
    : [];
  return {
    windows: [
      ...windowsOf(MAIN_LIMIT_ID, root['rate_limit'], nowMs),
      ...additional.flatMap((entry) => {
        const limit = asRecord(entry);
        const id = asText(limit?.['metered_feature']) ?? asText(limit?.['limit_name']);
        return id === null ? [] : windowsOf(id, limit?.['rate_limit'], nowMs);
      }),
    ],
    credits: readCredits(root['credits']),
    plan: asText(root['plan_type']),
  };
}

/** `{has_credits, unlimited, balance}`, the same in answers, events and rollouts. */
export function readCredits(value: unknown): Credits | null {
  const credits = asRecord(value);
  if (!credits) return null;
  const balance = credits['balance'];
  return {
    hasCredits: credits['has_credits'] === true,
    unlimited: credits['unlimited'] === true,
    balance: typeof balance === 'number' ? String(balance) : asText(balance),
  };
}

function windowsOf(limitId: string, limit: unknown, nowMs: number): UsageWindow[] {
  const fields = asRecord(limit);
  return [fields?.['primary_window'], fields?.['secondary_window']].flatMap((value) => {
    const window = asRecord(value);
    const usedPercent = asNumeric(window?.['used_percent']);
    if (!window || usedPercent === null) return [];
    const seconds = asNumeric(window['limit_window_seconds']);
    return [
      {
        limitId,
        usedPercent,
        windowMinutes: seconds === null ? null : Math.round(seconds / 60),
        resetsAtMs: resetAtMs(window['reset_at']) ?? resetAfterMs(window['reset_after_seconds'], nowMs),
      },
    ];
  });
}
