import assert from 'node:assert/strict';

import {parseRetryAfter} from '../../../src/codex/backend/reset-time.js';

describe('the Retry-After header', () => {
  const cases: [string | undefined, number | null][] = [
    ['12', 12_000],
    [' 7 ', 7000],
    ['1.5', 1500],
    ['0', 0],
    ['-5', 0],
    ['Sun, 22 Nov 2026 12:01:00 GMT', 60_000],
    ['Sun, 22 Nov 2026 11:01:00 GMT', 0],
    ['Sunday, 22-Nov-26 12:01:00 GMT', 60_000],
    ['9'.repeat(400), 8.64e15 - Date.UTC(2026, 10, 22, 12)],
    ['99999999', 99_999_999_000],
    ['0x10', null],
    ['1e3', null],
    ['5 Nov', null],
    ['2026', 2_026_000],
    ['12, 13', null],
    ['NaN', null],
    ['Sun, 99 Nov 2026 12:01:00 GMT', null],
    ['soon', null],
    ['Infinity', null],
    ['', null],
    ['  ', null],
    [undefined, null],
  ];
  for (const [value, wait] of cases) {
    const asked = wait === null ? 'says nothing' : `asks for ${wait} ms`;
    it(`${asked} as ${value === undefined ? 'an absent one' : JSON.stringify(value)}`, () =>
      assert.equal(parseRetryAfter(value, Date.UTC(2026, 10, 22, 12)), wait));
  }
});
