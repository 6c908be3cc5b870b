import assert from 'node:assert/strict';

import {redact, redactValue, rememberSecret} from '../../../src/files/text/redact.js';

describe('redaction', () => {
  it('hides tokens by their shape', () => {
    const jwt = `eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(40)}.${'b'.repeat(20)}`;
    for (const text of [
      `token ${jwt} end`,
      `Authorization: Bearer ${'x'.repeat(30)}`,
      '{"refresh_token":"opaque-value-1"}',
      'set-cookie: session=opaque-value-1; Path=/',
      'key sk-opaquevalue1',
      'token at-opaquevalue1-and-more',
      '{"agent_private_key":"opaque-value-1"}',
      'OPENAI_API_KEY=opaque-value-1',
      'proxy http://opaque-user:opaque-value-1@proxy.example:8080/ refused',
    ]) {
      const hidden = redact(text);
      assert.match(hidden, /\[redacted\]/, text);
      assert.doesNotMatch(hidden, /opaque-?value|x{30}|a{40}/, text);
    }
  });

  it('hides a secret that it was told of, whatever its shape, also inside data', () => {
    rememberSecret('correct horse battery');
    assert.equal(redact('it is correct horse battery!'), 'it is [redacted]!');
    assert.deepEqual(redactValue({a: ['correct horse battery', 1, null]}), {a: ['[redacted]', 1, null]});
  });

  it('takes time by the length of the text alone', () => {
    const startedAt = process.cpuUsage();
    for (const piece of ['a.', 'at-', 'eyJ', 'a_', 'Bearer ', 'x://']) redact(piece.repeat(100_000));
    assert.ok(process.cpuUsage(startedAt).user < 2_000_000);
  });

  it('leaves ordinary text alone', () => {
    for (const text of [
      'Quota exhausted on alpha. Falling back to: beta (token expires in 3 d)',
      '{"url":"https://chatgpt.com","email":"ann@example.com"}',
      'https://example.com/?mail=ann@example.com',
      'Cannot write /home/ann/gateway.secret: the disk is full',
      'look at-the-end-of-the-long-line and at-12',
    ]) {
      assert.equal(redact(text), text);
    }
  });
});
