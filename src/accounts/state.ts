import type {AccountStatus} from './status.js';

/**
 * Whether an account can work now: `ready`; `cooldown` until a time; `needs_login` until a login; `quarantined`: the
 * backend has closed it, so it is never tried by itself.
 */
export type AccountState = 'ready' | 'cooldown' | 'needs_login' | 'quarantined';

export type StateOfAccount = {
  state: AccountState;
  /** Why it is not ready; null when it is. */
  reason: string | null;
  /** When it is ready again by itself; null when never or now. */
  untilMs: number | null;
};

export function stateOf(status: AccountStatus, loggedIn: boolean, nowMs: number): StateOfAccount {
  const {blocked, cooldownUntilMs, lastError} = status;
  if (blocked?.kind === 'dead') return {state: 'quarantined', reason: blocked.reason, untilMs: null};
  if (!loggedIn) return {state: 'needs_login', reason: 'not logged in', untilMs: null};
  if (blocked) return {state: 'needs_login', reason: blocked.reason, untilMs: null};
  if (cooldownUntilMs !== null && cooldownUntilMs > nowMs) {
    return {state: 'cooldown', reason: lastError, untilMs: cooldownUntilMs};
  }
  return {state: 'ready', reason: null, untilMs: null};
}
