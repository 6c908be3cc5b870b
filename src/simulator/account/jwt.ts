import {randomUUID} from 'node:crypto';

import {isObject, parseJson, type JsonObject} from './json.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that looks like RS256 but is signed by nobody: clients read its claims and do not verify it. */
export function mintJwt(claims: JsonObject): string {
  const header = {alg: 'RS256', typ: 'JWT', kid: 'simulator'};
  return [encode(header), encode({...claims, jti: randomUUID()}), encode('unsigned')].join('.');
}

/** The claims of a token, or an empty object when it is no JWT. */
export function readClaims(token: string): JsonObject {
  const payload = token.split('.')[1];
  if (payload === undefined) return {};
  const claims = parseJson(Buffer.from(payload, 'base64url').toString('utf8'));
  return isObject(claims) ? claims : {};
}
