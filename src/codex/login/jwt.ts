import {asNumber, parseRecord} from '../../files/json-values.js';
import {nearestTimeMs} from '../backend/reset-time.js';

/**
 * Reads the claims of a JWT without checking its signature: only the backend can say whether a token is good, and
 * all that is wanted here is what it says of its owner and its expiry.
 *
 * @returns null when it is not a JWT.
 */
export function decodeJwtClaims(token: string): Record<string, unknown> | null {
  const payload = token.split('.')[1];
  if (payload === undefined || payload === '') return null;
  return parseRecord(Buffer.from(payload, 'base64url').toString('utf8'));
}

/** `exp` of a JWT in milliseconds since the epoch, never more than a Date holds; null where it says none. */
export function jwtExpiresAtMs(token: string): number | null {
  const exp = asNumber(decodeJwtClaims(token)?.['exp']);
  return exp === null ? null : nearestTimeMs(exp * 1000);
}
