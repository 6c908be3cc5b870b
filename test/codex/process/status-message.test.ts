import assert from 'node:assert/strict';

import {readStatusMessage} from '../../../src/codex/process/status-message.js';

describe('the message that Codex makes of a status it has no words for', () => {
  const cases: [string, ReturnType<typeof readStatusMessage>][] = [
    [
      'unexpected status 402 Payment Required: {"detail":{"code":"deactivated_workspace"}}, url: https://h/x',
      {status: 402, body: {detail: {code: 'deactivated_workspace'}}},
    ],
    [
      'stream error: unexpected status 403 Forbidden: {"error":{"message":"a: {b}"}}, url: https://h/x, cf-ray: 1',
      {status: 403, body: {error: {message: 'a: {b}'}}},
    ],
    ['unexpected status 500: {"detail":"x"}', {status: 500, body: {detail: 'x'}}],
    ['{"detail":"x"}', {body: {detail: 'x'}}],
    [
      'Error running remote compact task: {"type":"error","status":429,"error":{"code":"c"},"headers":{"A-B":1}}',
      {
        body: {type: 'error', status: 429, error: {code: 'c'}, headers: {'A-B': 1}},
      },
    ],
    ['unexpected status 400 Bad Request: {"other":"x"}', null],
    ['unexpected status 503 Service Unavailable: upstream is down', null],
    ['unexpected status 502 Bad Gateway: {"detail": cut', null],
    ['unexpected status 502 Bad Gateway: {not JSON}', null],
    ['unexpected status: {"detail":"x"}', {body: {detail: 'x'}}],
    ['You’ve hit your usage limit.', null],
    ['', null],
  ];
  it('is looked for once, however many braces there are', () => {
    const startedAt = process.cpuUsage();
    assert.equal(readStatusMessage('{unexpected status 500 '.repeat(100_000)), null);
    assert.ok(process.cpuUsage(startedAt).user < 1_000_000);
  });

  for (const [message, expected] of cases) {
    it(`${expected === null ? 'is not' : 'is'} in "${message}"`, () =>
      assert.deepEqual(readStatusMessage(message), expected));
  }
});
