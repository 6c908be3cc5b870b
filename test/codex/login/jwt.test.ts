import assert from 'node:assert/strict';

import {decodeJwtClaims, jwtExpiresAtMs} from '../../../src/codex/login/jwt.js';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${part({alg: 'RS256'})}.${part(claims)}.signature`;

describe('the claims of a JWT', () => {
  it('are read whatever its signature', () => {
    assert.deepEqual(decodeJwtClaims(jwt({sub: 'a', exp: 5})), {sub: 'a', exp: 5});
    assert.deepEqual(decodeJwtClaims(`header.${part({sub: 'ü'})}.`), {sub: 'ü'});
    assert.deepEqual(decodeJwtClaims(`header.${part({})}`), {});
  });

  const others: [string, string][] = [
    ['nothing', ''],
    ['an opaque token', 'rt_0123456789'],
    ['a placeholder', 'JWT-EXAMPLE'],
    ['a token without a payload', 'a..c'],
    ['a payload that is not base64url', 'a.!!!!.c'],
    ['a payload that is no JSON', `a.${Buffer.from('{cut').toString('base64url')}.c`],
    ['claims that are a list', jwt([1])],
    ['claims that are text', jwt('sub')],
    ['claims that are null', jwt(null)],
  ];
  for (const [what, token] of others) {
    it(`are not found in ${what}`, () => {
      assert.equal(decodeJwtClaims(token), null);
      assert.equal(jwtExpiresAtMs(token), null);
    });
  }

  it('name the expiry in seconds, which is read as milliseconds', () => {
    assert.equal(jwtExpiresAtMs(jwt({exp: 1_795_000_000})), 1_795_000_000_000);
    for (const exp of [1e16, 1e308])
      assert.equal(jwtExpiresAtMs(jwt({exp})), 8.64e15, 'the last that a Date holds');
    assert.equal(jwtExpiresAtMs(jwt({exp: -1e16})), -8.64e15);
    for (const exp of [undefined, null, '1795000000', {}]) assert.equal(jwtExpiresAtMs(jwt({exp})), null);
  });
});
