import {asNumber} from '../../files/json-values.js';
import {isAhead} from '../../files/clock.js';
import type {CodexAuth} from './auth-shape.js';
import {identityOf} from './identity.js';
import {decodeJwtClaims, jwtExpiresAtMs} from './jwt.js';
import {bearerToken} from './login-kind.js';

/**
 * How long the access token of a login is good for, in milliseconds, at most 0 for one that is out; null where it does not
 * say. Where the clock here was ahead of the backend's as the token came, it counts from then on by that clock: it would
 * be taken for one that is out as soon as it has come, and its successors too, again and again. A token that is out all the
 * same is refused by the backend, and renewed then.
 */
export function tokenLeftMs(auth: CodexAuth, nowMs: number): number | null {
  const token = bearerToken(auth) ?? '';
  const expiresAtMs = jwtExpiresAtMs(token);
  if (expiresAtMs === null) return null;
  const leftMs = expiresAtMs - nowMs;
  const issuedAt = asNumber(decodeJwtClaims(token)?.['iat']);
  const {lastRefreshAtMs} = identityOf(auth);
  if (issuedAt === null || lastRefreshAtMs === null) return leftMs;
  const issuedAtMs = issuedAt * 1000;
  // Nobody writes down the refresh of a later time, unless the clock has been set back since.
  if (!isAhead(lastRefreshAtMs, issuedAtMs) || isAhead(lastRefreshAtMs, nowMs)) return leftMs;
  return Math.max(leftMs, lastRefreshAtMs + (expiresAtMs - issuedAtMs) - nowMs);
}
