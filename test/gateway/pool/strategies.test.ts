import assert from 'node:assert/strict';

import type {UsageWindow} from '../../../src/contract/index.js';
import {type Strategy, rank} from '../../../src/gateway/pool/strategies.js';

const window = (usedPercent: number, resetsAtMs: number | null, windowMinutes = 300): UsageWindow => ({
  limitId: 'codex',
  usedPercent,
  windowMinutes,
  resetsAtMs,
});

/** In the user's order. */
const ACCOUNTS = [
  {name: 'late', windows: [window(50, 900)]},
  {name: 'fresh', windows: []},
  {name: 'soon', windows: [window(10, 950, 10_080), window(60, 100)]},
  {name: 'later', windows: [window(50, 900)]},
  {name: 'endless', windows: [window(20, null)]},
];

describe('the order in which a new thread tries the accounts', () => {
  const expected: Record<Strategy, string[]> = {
    ordered: ['late', 'fresh', 'soon', 'later', 'endless'],
    'most-remaining': ['fresh', 'endless', 'late', 'later', 'soon'],
    'soonest-reset': ['soon', 'late', 'later', 'fresh', 'endless'],
  };
  for (const [strategy, names] of Object.entries(expected)) {
    it(`is by the fullest window, and then the user's, with ${strategy}`, () => {
      const before = structuredClone(ACCOUNTS);
      assert.deepEqual(
        rank(ACCOUNTS, strategy as Strategy).map(({name}) => name),
        names,
      );
      assert.deepEqual(ACCOUNTS, before);
    });
  }
});
