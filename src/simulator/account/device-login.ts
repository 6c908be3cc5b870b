import {randomBytes, randomUUID} from 'node:crypto';
import type {SimulatedAccount} from './account.js';

/** What the person at the browser does with a device login. */
export type DeviceDecision =
  {kind: 'approve'; account: SimulatedAccount} | {kind: 'decline'} | {kind: 'pending'};

export interface PendingLogin {
  deviceAuthId: string;
  userCode: string;
}

/** Device logins: the decision counts for every one that asks from then on. */
export class DeviceLogins {
  /** User codes that were given out, oldest first. */
  readonly pending: PendingLogin[] = [];
  private readonly codes = new Map<string, SimulatedAccount>();

  constructor(private decision: DeviceDecision) {}

  /** Who a login that is asked for now, or is still waiting, becomes. */
  decide(decision: DeviceDecision): void {
    this.decision = decision;
  }

  start(): PendingLogin {
    const code = randomBytes(4).toString('hex').toUpperCase();
    const login = {
      deviceAuthId: `deviceauth_${randomUUID()}`,
      userCode: `${code.slice(0, 4)}-${code.slice(4)}`,
    };
    this.pending.push(login);
    return login;
  }

  /** How a login stands: still pending, declined, unknown, or approved with the code to trade in. */
  poll(
    deviceAuthId: unknown,
    userCode: unknown,
  ): 'pending' | 'declined' | 'unknown' | {authorizationCode: string} {
    const login = this.pending.find(
      (each) => each.deviceAuthId === deviceAuthId && each.userCode === userCode,
    );
    if (login === undefined) return 'unknown';
    if (this.decision.kind === 'pending') return 'pending';
    if (this.decision.kind === 'decline') return 'declined';
    const authorizationCode = this.authorize(this.decision.account);
    return {authorizationCode};
  }

  /** A code that can be traded in once for this account's tokens. */
  authorize(account: SimulatedAccount): string {
    const code = `ac_${randomUUID()}`;
    this.codes.set(code, account);
    return code;
  }

  /** The account behind a code, which works once; null when it is unknown or used. */
  redeem(code: string): SimulatedAccount | null {
    const account = this.codes.get(code) ?? null;
    this.codes.delete(code);
    return account;
  }
}
