import assert from 'node:assert/strict';

import {windowLabel, windowName} from '../../../src/codex/usage/window-name.js';

const DAY = 1440;

describe('the name of a window', () => {
  const cases: [number | null, string][] = [
    [300, '5 h'],
    [299, '5 h'],
    [305, '5 h'],
    [306, '306 min'],
    [60, '1 h'],
    [90, '90 min'],
    [30, '30 min'],
    [DAY, 'daily'],
    [DAY - 5, 'daily'],
    [3 * DAY, '3 d'],
    [7 * DAY, 'weekly'],
    [7 * DAY - 5, 'weekly'],
    [28 * DAY, 'monthly'],
    [30 * DAY, 'monthly'],
    [31 * DAY, 'monthly'],
    [32 * DAY, '32 d'],
    [null, 'limit'],
  ];
  for (const [minutes, name] of cases) {
    it(`is "${name}" for ${minutes ?? 'unknown'} minutes`, () => assert.equal(windowName(minutes), name));
  }
});

describe('the label of a window', () => {
  const cases: [limitId: string, minutes: number | null, label: string][] = [
    ['codex', 300, '5 h'],
    ['codex', null, 'limit'],
    ['spend_control', null, 'budget'],
    ['spend_control', 43_200, 'budget'],
    ['gpt-6-sol', 10_080, 'gpt-6-sol weekly'],
    ['gpt-6-sol', null, 'gpt-6-sol limit'],
  ];
  for (const [limitId, windowMinutes, label] of cases) {
    it(`is "${label}" for ${windowMinutes ?? 'unknown'} minutes of ${limitId}`, () =>
      assert.equal(windowLabel({limitId, windowMinutes}), label));
  }
});
