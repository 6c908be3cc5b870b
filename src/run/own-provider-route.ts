import {ModelLimits} from './model-limits.js';
import type {Route} from './route.js';

/**
 * Codex asks a provider of the user's own, so that no account and no quota is involved: one attempt in the home of the
 * first account, however that stands, and nothing is learned of it.
 */
export function ownProviderRoute(): Route {
  let begun = false;
  return {
    overrides: [],
    environment: {},
    leavesOutForeignContent: false,
    limits: new ModelLimits(),
    next: ([first]) => {
      if (first === undefined || begun) return {kind: 'standstill'};
      begun = true;
      return {kind: 'attempt', account: first.account};
    },
    using: ({name}) => `Using the home of ${name}`,
    fallingBack: () => null,
    canGoOn: () => Promise.resolve(false),
    recorder: null,
  };
}
