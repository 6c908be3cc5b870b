import assert from 'node:assert/strict';

import {formatDuration, formatLocalTime, withLocalTimes} from '../../src/ui/times.js';
import {useTimeZone} from '../support/time-zone.js';

describe('a time on the screen', () => {
  const NOON = Date.UTC(2026, 10, 22, 12);

  describe('in UTC', () => {
    useTimeZone('UTC');
    const cases: [number, string][] = [
      [NOON, '12:00'],
      [Date.UTC(2026, 10, 22, 0, 5), '00:05'],
      [Date.UTC(2026, 10, 22, 23, 59, 59), '23:59'],
      [Date.UTC(2026, 10, 23), '2026-11-23 00:00'],
      [Date.UTC(2026, 10, 21, 23, 59), '2026-11-21 23:59'],
      [Date.UTC(2025, 10, 22, 12), '2025-11-22 12:00'],
      [Date.UTC(2027, 0, 2, 3, 4), '2027-01-02 03:04'],
      [Date.UTC(2100, 0, 1), '2100-01-01 00:00'],
      [8.64e15, '275760-09-13 00:00'],
    ];
    for (const [ms, text] of cases) {
      it(`is "${text}" at noon of 2026-11-22`, () => assert.equal(formatLocalTime(ms, NOON), text));
    }
  });

  describe('inside a sentence', () => {
    useTimeZone('UTC');
    const cases: [string, string][] = [
      ['until 2026-11-22T14:07:00.000Z.', 'until 14:07.'],
      ['until 2026-11-23T14:07Z, or 2027-01-02T03:04:05Z', 'until 2026-11-23 14:07, or 2027-01-02 03:04'],
      ['no time: 2026-11-22, 2026-99-99T99:99:99Z', 'no time: 2026-11-22, 2026-99-99T99:99:99Z'],
    ];
    for (const [text, shown] of cases) {
      it(`"${text}" becomes "${shown}"`, () => assert.equal(withLocalTimes(text, NOON), shown));
    }
  });

  describe('in New York', () => {
    useTimeZone('America/New_York');
    it('is local, and so is today', () => {
      assert.equal(formatLocalTime(NOON, NOON), '07:00');
      assert.equal(formatLocalTime(Date.UTC(2026, 10, 23, 3), NOON), '22:00');
      assert.equal(formatLocalTime(Date.UTC(2026, 10, 23, 5), NOON), '2026-11-23 00:00');
    });
  });
});

describe('a duration', () => {
  const SECOND = 1000;
  const MINUTE = 60 * SECOND;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  const cases: [number, string][] = [
    [0, '0 s'],
    [-5 * SECOND, '0 s'],
    [499, '0 s'],
    [500, '1 s'],
    [59 * SECOND, '59 s'],
    [59.6 * SECOND, '1 min'],
    [MINUTE, '1 min'],
    [12.4 * MINUTE, '12 min'],
    [59.4 * MINUTE, '59 min'],
    [59.6 * MINUTE, '1 h 00 min'],
    [2 * HOUR + 5 * MINUTE, '2 h 05 min'],
    [DAY - MINUTE, '23 h 59 min'],
    [DAY - 10 * SECOND, '1 d 0 h'],
    [3 * DAY + 4 * HOUR + 59 * MINUTE, '3 d 4 h'],
    [30 * DAY, '30 d 0 h'],
    [365 * DAY - HOUR, '364 d 23 h'],
    [(2 * 365 + 34) * DAY, '2 y 34 d'],
  ];
  for (const [ms, text] of cases) {
    it(`is "${text}" for ${ms} ms`, () => assert.equal(formatDuration(ms), text));
  }
});
