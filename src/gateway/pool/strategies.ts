import type {GATEWAY_STRATEGIES} from '../../accounts/data/settings.js';
import type {UsageWindow} from '../../contract/index.js';
import {bindingWindow} from '../../codex/usage/rate-limits.js';

export type Strategy = (typeof GATEWAY_STRATEGIES)[number];

type Ranked = {windows: readonly UsageWindow[]};

/** The accounts in the order in which a new thread tries them; equal ones stay in the user's order. */
export function rank<T extends Ranked>(accounts: readonly T[], strategy: Strategy): T[] {
  switch (strategy) {
    case 'ordered':
      return [...accounts];
    case 'most-remaining':
      return byNumber(accounts, (account) => bindingWindow(account.windows)?.usedPercent ?? 0);
    case 'soonest-reset':
      // What resets soonest is lost soonest when it is not used.
      return byNumber(
        accounts,
        (account) => bindingWindow(account.windows)?.resetsAtMs ?? Number.POSITIVE_INFINITY,
      );
  }
}

function byNumber<T>(values: readonly T[], key: (value: T) => number): T[] {
  return values
    .map((value, index) => ({value, index, key: key(value)}))
    .sort((a, b) => (a.key === b.key ? a.index - b.index : a.key - b.key))
    .map(({value}) => value);
}
