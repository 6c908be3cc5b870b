import assert from 'node:assert/strict';

import {RefreshBackoff} from '../../../src/codex/tokens/refresh-backoff.js';

describe('the pause after trouble with a refresh', () => {
  it('is a second, then twice as long each time, at most five minutes', () => {
    const backoff = new RefreshBackoff();
    const pauses = Array.from({length: 10}, () => {
      backoff.failed('home', 'status 503', 0);
      let pauseMs = 0;
      while (backoff.reason('home', pauseMs) !== null) pauseMs += 1000;
      return pauseMs / 1000;
    });
    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
  });

  it('is one home alone, and begins anew once the endpoint has answered', () => {
    const backoff = new RefreshBackoff();
    backoff.failed('one', 'status 503', 0);
    backoff.failed('one', 'status 500', 0);
    assert.equal(backoff.reason('one', 1999), 'status 500');
    assert.equal(backoff.reason('other', 0), null);
    backoff.answered('one');
    assert.equal(backoff.reason('one', 0), null);
    backoff.failed('one', 'status 503', 0);
    assert.equal(backoff.reason('one', 1000), null);
  });
});
