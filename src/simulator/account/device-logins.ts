import {createHash, randomBytes, randomUUID} from 'node:crypto';

import type {Account} from './account.js';

/** What the person at the browser does with a device login. */
export type DeviceDecision = {kind: 'approve'; account: Account} | {kind: 'decline'} | {kind: 'pending'};

/** A device login that was begun: what the client asks with, and what the person types in. */
export type PendingLogin = {
  deviceAuthId: string;
  /** XXXX-XXXX, in hexadecimal digits */
  userCode: string;
};

/** What an approved login may be traded in with, and the PKCE pair that belongs to it (RFC 7636, S256). */
export type Approval = {authorizationCode: string; codeVerifier: string; codeChallenge: string};

/** Device logins: the decision counts for every one that asks from then on. */
export class DeviceLogins {
  /** User codes that were given out, oldest first. */
  readonly pending: PendingLogin[] = [];
  private readonly codes = new Map<string, Account>();

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
  poll(deviceAuthId: unknown, userCode: unknown): 'pending' | 'declined' | 'unknown' | Approval {
    const login = this.pending.find(
      (each) => each.deviceAuthId === deviceAuthId && each.userCode === userCode,
    );
    if (login === undefined) return 'unknown';
    if (this.decision.kind === 'pending') return 'pending';
    if (this.decision.kind === 'decline') return 'declined';
    return this.approve(this.decision.account);
  }

  /** The account behind an authorization code, which works once; null when it is unknown or used. */
  redeem(code: string): Account | null {
    const account = this.codes.get(code) ?? null;
    this.codes.delete(code);
    return account;
  }

  private approve(account: Account): Approval {
    const authorizationCode = `ac_${randomUUID()}`;
    this.codes.set(authorizationCode, account);
    const codeVerifier = randomBytes(32).toString('base64url');
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
    return {authorizationCode, codeVerifier, codeChallenge};
  }
}
