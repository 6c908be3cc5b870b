import assert from 'node:assert/strict';

import {gatewayFileSchema, usePolicyOf} from '../../../src/accounts/data/gateway-file.js';

describe('gateway.json', () => {
  it('has nobody rest longer than a year, whatever it says', () => {
    for (const [cooldownSeconds, restMs] of [
      [0, 0],
      [900, 900_000],
      [1e308, 365 * 86_400_000],
    ] as const)
      assert.equal(usePolicyOf(gatewayFileSchema.parse({cooldownSeconds})).restMs, restMs);
  });

  it('has nobody wait longer than a timer can', () => {
    const waits = {
      requestTimeoutMs: 2 ** 40,
      upstreamRetryBaseMs: 2 ** 40,
      upstreamRetryMaxMs: 5,
      upstreamRetryJitterMs: 0,
    };
    const {requestTimeoutMs, upstreamRetryBaseMs, upstreamRetryMaxMs, upstreamRetryJitterMs} =
      gatewayFileSchema.parse(waits);
    assert.deepEqual(
      [requestTimeoutMs, upstreamRetryBaseMs, upstreamRetryMaxMs, upstreamRetryJitterMs],
      [86_400_000, 86_400_000, 5, 0],
    );
  });
});
