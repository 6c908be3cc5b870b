import type {Credits, UsageWindow} from '../../contract/index.js';
import {MAIN_LIMIT_ID} from './rate-limits.js';
import {asNumeric, asRecord, asText} from '../../files/json-values.js';
import {resetAfterMs, resetAtMs} from '../backend/reset-time.js';
import {percentIn, windowMinutesIn} from '../backend/window-figures.js';
import {type BudgetFacts, budgetWindow, isAllowed} from './spend-control.js';
import type {UsageReading} from './usage-reading.js';

/**
 * Reads the answer of `GET wham/usage`: the main limit, a budget, the limits of single models, credits, and whether the
 * account may go on.
 *
 * @param nowMs for windows that only say in how many seconds they reset.
 */
export function readUsageAnswer(body: unknown, nowMs: number): UsageReading | null {
  const root = asRecord(body);
  if (!root || !('rate_limit' in root || 'spend_control' in root)) return null;
  const additional = Array.isArray(root['additional_rate_limits'])
    ? (root['additional_rate_limits'] as unknown[])
    : [];
  const main = asRecord(root['rate_limit']);
  const spendControl = asRecord(root['spend_control']);
  const spendControlReached = spendControl?.['reached'];
  const budget = budgetWindow(
    readBudget(spendControl?.['individual_limit'], nowMs),
    spendControlReached === true,
  );
  const credits = readCredits(root['credits']);
  return {
    windows: [
      ...windowsOf(MAIN_LIMIT_ID, main, nowMs),
      ...(budget === null ? [] : [budget]),
      ...additional.flatMap((entry) => {
        const limit = asRecord(entry);
        const id = asText(limit?.['metered_feature']) ?? asText(limit?.['limit_name']);
        return id === null ? [] : windowsOf(id, limit?.['rate_limit'], nowMs);
      }),
    ],
    credits,
    plan: asText(root['plan_type']),
    allowed: isAllowed({
      allowed: main?.['allowed'],
      limitReached: main?.['limit_reached'],
      spendControlReached,
      reachedType: root['rate_limit_reached_type'],
      credits,
    }),
  };
}

/** `{limit, used, remaining, used_percent, remaining_percent, reset_at, reset_after_seconds}` of one member. */
function readBudget(value: unknown, nowMs: number): BudgetFacts | null {
  const limit = asRecord(value);
  return (
    limit && {
      usedPercent: limit['used_percent'],
      remainingPercent: limit['remaining_percent'],
      used: limit['used'],
      limit: limit['limit'],
      resetsAtMs: resetAtMs(limit['reset_at']) ?? resetAfterMs(limit['reset_after_seconds'], nowMs),
    }
  );
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
    const usedPercent = percentIn(window?.['used_percent']);
    if (!window || usedPercent === null) return [];
    const seconds = asNumeric(window['limit_window_seconds']);
    return [
      {
        limitId,
        usedPercent,
        windowMinutes: windowMinutesIn(seconds === null ? null : Math.round(seconds / 60)),
        resetsAtMs: resetAtMs(window['reset_at']) ?? resetAfterMs(window['reset_after_seconds'], nowMs),
      },
    ];
  });
}
