import {type AuthFileState, isLoggedIn, readAuthFile} from '../codex/login/auth-file.js';
import {cooldownRemainingMs} from './status.js';
import type {Account} from './store.js';

/** Whether an account can be tried by itself now. */
export type Availability =
  | {state: 'ready'}
  | {state: 'cooldown'; untilMs: number}
  | {state: 'needs-login'; reason: string}
  /** The backend says it is dead; only a new login or an explicit success brings it back. */
  | {state: 'quarantined'; reason: string};

export async function availabilityOf(account: Account, nowMs: number): Promise<Availability> {
  return availabilityWith(account, await readAuthFile(account.home), nowMs);
}

/** {@link availabilityOf} for a caller that has read the login already. */
export function availabilityWith(account: Account, login: AuthFileState, nowMs: number): Availability {
  const {blocked, cooldownUntilMs} = account.status;
  if (!isLoggedIn(login)) {
    return {
      state: 'needs-login',
      reason: login.kind === 'unreadable' ? `auth.json: ${login.reason}` : 'not logged in',
    };
  }
  if (blocked?.kind === 'dead') return {state: 'quarantined', reason: blocked.reason};
  if (blocked?.kind === 'auth') return {state: 'needs-login', reason: blocked.reason};
  if (cooldownRemainingMs(account.status, nowMs) > 0)
    return {state: 'cooldown', untilMs: cooldownUntilMs ?? nowMs};
  return {state: 'ready'};
}
