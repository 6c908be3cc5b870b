import {randomUUID} from 'node:crypto';
import {apiError, type ErrorAnswer} from '../model/disturbances.js';

/** What a login or a refresh gives. */
export interface TokenSet {
  idToken: string;
  accessToken: string;
  refreshToken: string;
}

type AccessFailure = 'token_expired' | 'token_invalidated' | 'token_revoked';

/** All tokens that descend from one login. */
interface Family {
  revoked: boolean;
}

interface AccessRecord {
  family: Family;
  expiresAtMs: number;
  failure: AccessFailure | null;
}

interface RefreshRecord {
  family: Family;
  used: boolean;
  expired: boolean;
}

type Mint = (expiresAtMs: number) => {idToken: string; accessToken: string};

/** The tokens of one account: what was issued, what still counts. */
export class TokenBook {
  private readonly access = new Map<string, AccessRecord>();
  private readonly refreshes = new Map<string, RefreshRecord>();

  constructor(
    private readonly mint: Mint,
    private readonly accessSeconds: number,
  ) {}

  /** A fresh login. @param seconds that the access token lives; may be negative */
  login(seconds = this.accessSeconds): TokenSet {
    return this.issue({revoked: false}, seconds);
  }

  ownsAccess(token: string): boolean {
    return this.access.has(token);
  }

  ownsRefresh(token: string): boolean {
    return this.refreshes.has(token);
  }

  /** Why an access token is refused, or null when it is good. */
  checkAccess(token: string): AccessFailure | null {
    const record = this.access.get(token);
    if (record === undefined) return 'token_invalidated';
    if (record.family.revoked) return 'token_revoked';
    if (record.failure !== null) return record.failure;
    return record.expiresAtMs <= Date.now() ? 'token_expired' : null;
  }

  /** Trades a refresh token in. Each works once: a second time revokes everything of that login. */
  refresh(token: string): TokenSet | ErrorAnswer {
    const record = this.refreshes.get(token);
    if (record === undefined) return refusal('refresh_token_invalidated');
    if (record.used) {
      record.family.revoked = true;
      return refusal('refresh_token_reused');
    }
    if (record.family.revoked) return refusal('refresh_token_invalidated');
    if (record.expired) return refusal('refresh_token_expired');
    record.used = true;
    return this.issue(record.family, this.accessSeconds);
  }

  /** Ends the login that this token belongs to. */
  revoke(token: string): void {
    const record = this.refreshes.get(token) ?? this.access.get(token);
    if (record !== undefined) record.family.revoked = true;
  }

  isRevoked(token: string): boolean {
    return (this.refreshes.get(token) ?? this.access.get(token))?.family.revoked ?? true;
  }

  /** Makes every access token issued so far fail; refreshing gives a good one. */
  failAccessTokens(failure: AccessFailure): void {
    for (const record of this.access.values()) record.failure = failure;
  }

  expireRefreshTokens(): void {
    for (const record of this.refreshes.values()) record.expired = true;
  }

  /** Ends every login of the account. */
  revokeAll(): void {
    for (const record of this.refreshes.values()) record.family.revoked = true;
  }

  private issue(family: Family, seconds: number): TokenSet {
    const expiresAtMs = Date.now() + seconds * 1000;
    const refreshToken = `rt_${randomUUID()}`;
    const {idToken, accessToken} = this.mint(expiresAtMs);
    this.access.set(accessToken, {family, expiresAtMs, failure: null});
    this.refreshes.set(refreshToken, {family, used: false, expired: false});
    return {idToken, accessToken, refreshToken};
  }
}

const refusals = {
  refresh_token_reused:
    'Your refresh token has already been used to generate a new access token. Please try signing in again.',
  refresh_token_expired: 'Your refresh token has expired. Please try signing in again.',
  refresh_token_invalidated: 'Your refresh token has been invalidated. Please try signing in again.',
};

/** The answer to a refresh token that does not count any more. */
export function refusal(code: keyof typeof refusals): ErrorAnswer {
  return apiError(401, code, refusals[code]);
}
