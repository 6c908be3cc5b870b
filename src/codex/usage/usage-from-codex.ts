import type {UsageWindow} from '../../contract/index.js';
import type {RateLimit, RateLimitsAnswer} from '../app-server/answers.js';
import {MAIN_LIMIT_ID} from './rate-limits.js';
import {budgetWindow, isAllowed} from './spend-control.js';
import type {UsageReading} from './usage-reading.js';

/**
 * What Codex tells of an account's limits, in the figures that `readUsageAnswer` has from the backend's own answer.
 *
 * @returns null for an answer that tells of no limit at all.
 */
export function readingFromCodex({limits, ordinaryUsageAllowed}: RateLimitsAnswer): UsageReading | null {
  const main = limits.find(({limitId}) => limitId === MAIN_LIMIT_ID) ?? limits[0];
  if (!main) return null;
  const {credits, plan, spendControlReached, reachedType} = main;
  return {
    // Codex tells them in no order.
    windows: [main, ...limits.filter((limit) => limit !== main)].flatMap(windowsOf),
    credits,
    plan,
    allowed: isAllowed({allowed: ordinaryUsageAllowed, spendControlReached, reachedType, credits}),
  };
}

function windowsOf({limitId, windows, individualLimit, spendControlReached}: RateLimit): UsageWindow[] {
  const budget = budgetWindow(individualLimit, spendControlReached === true);
  return [
    ...windows.map((window): UsageWindow => ({limitId: limitId ?? MAIN_LIMIT_ID, ...window})),
    ...(budget === null ? [] : [budget]),
  ];
}
