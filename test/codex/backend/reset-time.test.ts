import assert from 'node:assert/strict';

import {readBackendError} from '../../../src/codex/backend/backend-error.js';
import {resetAfterMs, resetAtMs} from '../../../src/codex/backend/reset-time.js';
import {
  windowsFromEvent,
  windowsFromHeaders,
  windowsFromRollout,
} from '../../../src/codex/usage/rate-limits.js';
import {readUsageAnswer} from '../../../src/codex/usage/usage-answer.js';

const AT = Date.UTC(2026, 10, 30, 9, 50);
const END_OF_TIME = 8.64e15;

describe('the time at which a limit starts over', () => {
  const CASES: [what: string, told: unknown, atMs: number | null][] = [
    ['seconds', AT / 1000, AT],
    ['seconds in a string', String(AT / 1000), AT],
    ['seconds with a fraction', AT / 1000 + 0.5, AT + 500],
    ['milliseconds', AT, AT],
    ['milliseconds in a string', String(AT), AT],
    ['a date', '2026-11-30T09:50:00Z', AT],
    ['a date in another zone', '2026-11-30T10:50:00+01:00', AT],
    ['a time in the past', 1000, 1_000_000],
    ['a time that is years ahead', 4_102_444_800, 4_102_444_800_000],
    ['more than a date holds', 1e300, END_OF_TIME],
    ['nothing', null, null],
    ['no field', undefined, null],
    ['zero', 0, null],
    ['a negative number', -5, null],
    ['infinity', Infinity, null],
    ['an empty string', '', null],
    ['words', 'later', null],
    ['a date without a zone', '2026-11-30T09:50:00', null],
    ['an object', {seconds: 5}, null],
  ];
  for (const [what, told, atMs] of CASES) {
    it(`is read from ${what}`, () => assert.equal(resetAtMs(told), atMs));

    it(`is read from ${what} wherever it is told`, () => {
      const header = typeof told === 'string' || typeof told === 'number' ? String(told) : undefined;
      const expected = header === undefined ? null : atMs;
      const windows = {primary: {used_percent: 1, resets_at: told}};
      const answer = {rate_limit: {primary_window: {used_percent: 1, reset_at: told}}};
      const headers = {
        'x-codex-primary-used-percent': '1',
        ...(header === undefined ? {} : {'x-codex-primary-reset-at': header}),
      };
      assert.equal(windowsFromRollout(windows)[0]?.resetsAtMs, atMs);
      assert.equal(windowsFromEvent({rate_limits: windows})[0]?.resetsAtMs, atMs);
      assert.equal(windowsFromHeaders(headers)[0]?.resetsAtMs, expected);
      assert.equal(readUsageAnswer(answer, AT)?.windows[0]?.resetsAtMs, atMs);
      assert.equal(readBackendError({error: {resets_at: told}}, AT)?.resetsAtMs, atMs);
    });
  }

  const AFTER: [what: string, told: unknown, atMs: number | null][] = [
    ['seconds', 60, AT + 60_000],
    ['seconds in a string', '60', AT + 60_000],
    ['no time at all', 0, AT],
    ['more than a date holds', 1e20, END_OF_TIME],
    ['the past', -1, null],
    ['nothing', null, null],
    ['words', 'soon', null],
  ];
  for (const [what, told, atMs] of AFTER) {
    it(`is read from ${what} from now`, () => assert.equal(resetAfterMs(told, AT), atMs));
  }
});
