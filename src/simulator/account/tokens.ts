import {randomUUID} from 'node:crypto';

/** What a login or a refresh gives. */
export type TokenSet = {
  idToken: string;
  accessToken: string;
  refreshToken: string;
};

/** Why an access token is refused. */
export type AccessFailure = 'token_expired' | 'token_invalidated' | 'token_revoked';

/** Why a refresh token is refused. */
export type RefreshFailure = 'refresh_token_reused' | 'refresh_token_expired' | 'refresh_token_invalidated';

/** All tokens that descend from one login. */
type Family = {
  revoked: boolean;
};

type AccessRecord = {
  family: Family;
  expiresAtMs: number;
  failure: AccessFailure | null;
};

type RefreshRecord = {
  family: Family;
  used: boolean;
  expired: boolean;
};

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

  /** A token without a login behind it: no expiry to speak of, nothing to refresh. @param prefix `at-` or `sk-` */
  issueKey(prefix: 'at-' | 'sk-'): string {
    const key = `${prefix}${randomUUID()}`;
    this.access.set(key, {family: {revoked: false}, expiresAtMs: Number.POSITIVE_INFINITY, failure: null});
    return key;
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
  refresh(token: string): TokenSet | RefreshFailure {
    const record = this.refreshes.get(token);
    if (record === undefined) return 'refresh_token_invalidated';
    if (record.used) {
      record.family.revoked = true;
      return 'refresh_token_reused';
    }
    if (record.family.revoked) return 'refresh_token_invalidated';
    if (record.expired) return 'refresh_token_expired';
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
