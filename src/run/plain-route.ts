import {ModelLimits} from './model-limits.js';
import type {Route} from './route.js';

/**
 * For a Codex that uses no account's quota: one attempt in the home of the first account, however that stands. Nobody
 * takes over, and nothing is learned of the account.
 */
export function plainRoute(): Route {
  let begun = false;
  return {
    overrides: [],
    environment: {},
    eachInItsHome: false,
    leavesOutForeignContent: false,
    loginUser: 'codex',
    showsToken: false,
    limits: new ModelLimits(),
    next: ([first]) => {
      if (first === undefined || begun) return {kind: 'standstill'};
      begun = true;
      return {kind: 'attempt', account: first.account};
    },
    using: ({name}) => `Using account: ${name}`,
    fallingBack: () => null,
    canGoOn: () => Promise.resolve(false),
    recorder: null,
  };
}
