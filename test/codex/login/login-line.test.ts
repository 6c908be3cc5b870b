import assert from 'node:assert/strict';

import {loginHint, withItsInput} from '../../../src/codex/login/login-line.js';
import type {LoginKind} from '../../../src/contract/index.js';

describe('the hint to log in again', () => {
  const cases: [LoginKind | null, string][] = [
    [null, 'Log in: cao add work'],
    ['chatgpt', 'Log in: cao add work'],
    ['external-tokens', 'Log in: cao add work'],
    ['agent-identity', 'Log in: cao add work'],
    ['bedrock', 'Log in: cao add work'],
    ['access-token', 'Log in, with the access token on stdin: cao add work --with-access-token'],
    ['api-key', 'Log in, with the API key on stdin: cao add work --with-api-key'],
  ];
  for (const [kind, hint] of cases) {
    it(`names the way of ${kind ?? 'an account without a login'}`, () => {
      assert.equal(loginHint('Log in', 'work', kind), hint);
    });
  }

  for (const [args, words] of [
    ['', ''],
    ['--device-auth -c x=y', ''],
    ['-c x=y --with-api-key', ', with the API key on stdin'],
  ] as const) {
    it(`says of "codex login ${args}" what it reads`, () => {
      assert.equal(withItsInput(args.split(' ')), words);
    });
  }
});
