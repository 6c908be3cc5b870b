import type {Credits, UsageWindow} from '../../contract/index.js';
import {asNumeric, asRecord} from '../../files/json-values.js';
import {nearestPercent, percentIn} from '../backend/window-figures.js';

/** The budget of a business workspace; it stops an account as its plan's windows do. */
export const BUDGET_LIMIT_ID = 'spend_control';

/** A budget as sources tell it: numbers, or numbers as strings, each of which may be missing. */
export type BudgetFacts = {
  usedPercent?: unknown;
  remainingPercent?: unknown;
  used?: unknown;
  limit?: unknown;
  resetsAtMs: number | null;
};

/**
 * A budget as a window. One that is reached is full, whatever its figures say. Its length is told nowhere.
 *
 * @param facts null where no budget is told.
 * @returns null where there is none, or nothing is said of how much is used.
 */
export function budgetWindow(facts: BudgetFacts | null, reached: boolean): UsageWindow | null {
  const usedPercent = reached ? 100 : facts && usedPercentOf(facts);
  if (usedPercent === null) return null;
  return {
    limitId: BUDGET_LIMIT_ID,
    usedPercent,
    windowMinutes: null,
    resetsAtMs: facts?.resetsAtMs ?? null,
  };
}

function usedPercentOf({usedPercent, remainingPercent, used, limit}: BudgetFacts): number | null {
  const told = percentIn(usedPercent);
  if (told !== null) return told;
  const remaining = percentIn(remainingPercent);
  if (remaining !== null) return 100 - remaining;
  const [spent, most] = [asNumeric(used), asNumeric(limit)];
  return spent === null || most === null || most <= 0 ? null : nearestPercent((spent / most) * 100);
}

/** What sources say on whether an account may go on; anything may be missing. */
export type Permission = {
  /** `rate_limit.allowed`: whether the usage that the plan includes is allowed. */
  allowed?: unknown;
  limitReached?: unknown;
  spendControlReached?: unknown;
  /** `rate_limit_reached_type`, or its `type`. */
  reachedType?: unknown;
  credits: Credits | null;
};

/** Whether the backend says that the account may go on; null where it says nothing. Credits are no word against it. */
export function isAllowed({
  allowed,
  limitReached,
  spendControlReached,
  reachedType,
  credits,
}: Permission): boolean | null {
  if (allowed === false || spendControlReached === true) return false;
  const reached = limitReached === true || (asRecord(reachedType)?.['type'] ?? reachedType ?? null) !== null;
  // Where credits go on, the limit of the plan is reached and requests are allowed.
  const goesOn = allowed === true && (credits?.hasCredits === true || credits?.unlimited === true);
  if (reached && !goesOn) return false;
  return allowed === true || limitReached === false || spendControlReached === false ? true : null;
}
