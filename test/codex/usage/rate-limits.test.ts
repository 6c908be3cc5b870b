import assert from 'node:assert/strict';

import {
  bindingWindow,
  creditsFromHeaders,
  isFull,
  shownPercent,
  spentUntilMs,
  windowsFromEvent,
  windowsFromHeaders,
  windowsFromRollout,
} from '../../../src/codex/usage/rate-limits.js';
import type {Credits, UsageWindow} from '../../../src/contract/index.js';

const AT = 4_102_444_800;

const fiveHours: UsageWindow = {
  limitId: 'codex',
  usedPercent: 42,
  windowMinutes: 300,
  resetsAtMs: AT * 1000,
};
const weekly: UsageWindow = {...fiveHours, usedPercent: 7, windowMinutes: 10_080};

describe('rate limits in a rollout', () => {
  const first = {used_percent: 42, window_minutes: 300, resets_at: AT};
  const second = {used_percent: 7, window_minutes: 10_080, resets_at: AT};

  const cases: [string, unknown, UsageWindow[]][] = [
    ['both windows', {limit_id: 'codex', primary: first, secondary: second}, [fiveHours, weekly]],
    [
      'windows that changed places',
      {limit_id: 'codex', primary: second, secondary: first},
      [weekly, fiveHours],
    ],
    [
      'figures that no window has, as the nearest or as none',
      {
        primary: {used_percent: -3, window_minutes: -300},
        secondary: {used_percent: 1e308, window_minutes: 1e308, resets_at: 1e308},
      },
      [
        {limitId: 'codex', usedPercent: 0, windowMinutes: null, resetsAtMs: null},
        {limitId: 'codex', usedPercent: 100, windowMinutes: null, resetsAtMs: 8.64e15},
      ],
    ],
    ['a window that is null', {limit_id: 'codex', primary: null, secondary: second}, [weekly]],
    ['a window that is absent', {limit_id: 'codex', secondary: second}, [weekly]],
    ['no id, which is the main limit', {limit_id: null, primary: first}, [fiveHours]],
    ['the limit of a model', {limit_id: 'gpt-x', primary: first}, [{...fiveHours, limitId: 'gpt-x'}]],
    [
      'a window without length or reset',
      {primary: {used_percent: 42, window_minutes: null, resets_at: null}},
      [{...fiveHours, windowMinutes: null, resetsAtMs: null}],
    ],
    ['a reset that was never set', {primary: {...first, resets_at: 0}}, [{...fiveHours, resetsAtMs: null}]],
    ['a window that does not say how much is used', {primary: {window_minutes: 300, resets_at: AT}}, []],
    ['null', null, []],
    ['text', 'full', []],
    ['a list', [first], []],
  ];
  for (const [what, limits, expected] of cases) {
    it(`are read from ${what}`, () => assert.deepEqual(windowsFromRollout(limits), expected));
  }
});

describe('rate limits in an event', () => {
  const event = {
    type: 'codex.rate_limits',
    plan_type: 'plus',
    rate_limits: {
      allowed: true,
      limit_reached: false,
      primary: {used_percent: 42, window_minutes: 300, reset_at: AT},
      secondary: null,
    },
    metered_limit_name: 'codex',
    limit_name: null,
  };

  const cases: [string, unknown, UsageWindow[]][] = [
    ['its windows', event, [fiveHours]],
    ['the limit that it names', {...event, metered_limit_name: 'gpt-x'}, [{...fiveHours, limitId: 'gpt-x'}]],
    ['no name, which is the main limit', {...event, metered_limit_name: null}, [fiveHours]],
    ['limits that are null', {...event, rate_limits: null}, []],
    ['nothing', null, []],
  ];
  for (const [what, value, expected] of cases) {
    it(`are read from ${what}`, () => assert.deepEqual(windowsFromEvent(value), expected));
  }
});

describe('rate limits in headers', () => {
  const primary = {
    'x-codex-primary-used-percent': '42',
    'x-codex-primary-window-minutes': '300',
    'x-codex-primary-reset-at': String(AT),
  };
  const secondary = {
    'x-codex-secondary-used-percent': '7',
    'x-codex-secondary-window-minutes': '10080',
    'x-codex-secondary-reset-at': String(AT),
  };

  const cases: [string, Record<string, string>, UsageWindow[]][] = [
    ['both windows', {...primary, ...secondary}, [fiveHours, weekly]],
    ['the second window alone', secondary, [weekly]],
    [
      'a further family, whose id may hold dashes',
      {
        ...primary,
        'x-codex-active-limit': 'gpt-6-sol',
        'x-codex-gpt-6-sol-limit-name': 'Sol',
        'x-codex-gpt-6-sol-primary-used-percent': '100',
        'x-codex-gpt-6-sol-primary-window-minutes': '300',
        'x-codex-gpt-6-sol-primary-reset-at': String(AT),
      },
      [fiveHours, {...fiveHours, limitId: 'gpt-6-sol', usedPercent: 100}],
    ],
    [
      'a further family in the place of the main one',
      {...primary, ...secondary, 'x-codex-active-limit': 'premium'},
      [
        {...fiveHours, limitId: 'premium'},
        {...weekly, limitId: 'premium'},
      ],
    ],
    ['the main family, which says so', {...primary, 'x-codex-active-limit': 'codex'}, [fiveHours]],
    [
      'parts of a percent and nothing else',
      {'x-codex-primary-used-percent': '42.5'},
      [{limitId: 'codex', usedPercent: 42.5, windowMinutes: null, resetsAtMs: null}],
    ],
    [
      'empty and unreadable numbers',
      {...primary, 'x-codex-primary-window-minutes': ' ', 'x-codex-primary-reset-at': 'soon'},
      [{...fiveHours, windowMinutes: null, resetsAtMs: null}],
    ],
    ['a share that is no number', {...primary, 'x-codex-primary-used-percent': 'much'}, []],
    ['an empty share', {...primary, 'x-codex-primary-used-percent': ''}, []],
    ['a length without a share', {'x-codex-primary-window-minutes': '300'}, []],
    ['the active limit alone, whose family did not come', {'x-codex-active-limit': 'gpt-x'}, []],
    ['no headers', {}, []],
  ];
  for (const [what, headers, expected] of cases) {
    it(`are read from ${what}`, () => assert.deepEqual(windowsFromHeaders(headers), expected));
  }
});

describe('windows', () => {
  const used = (...shares: number[]) => shares.map((usedPercent) => ({...fiveHours, usedPercent}));
  const ofModel = (usedPercent: number): UsageWindow => ({...fiveHours, limitId: 'gpt-6-sol', usedPercent});

  it('bind by the fullest of the plan’s own limit, the first of equals', () => {
    assert.equal(bindingWindow([]), null);
    assert.equal(bindingWindow(used(10, 90, 40))?.usedPercent, 90);
    assert.equal(bindingWindow([fiveHours, {...weekly, usedPercent: 42}]), fiveHours);
    assert.equal(bindingWindow(used(0))?.usedPercent, 0);
    assert.equal(bindingWindow([ofModel(100), ...used(5)])?.usedPercent, 5);
    assert.equal(bindingWindow([ofModel(20), ofModel(30)])?.usedPercent, 30);
  });

  it('bind by a budget as by the plan’s own limit', () => {
    const budget = {...fiveHours, limitId: 'spend_control', windowMinutes: null, usedPercent: 26};
    assert.equal(bindingWindow([ofModel(100), budget]), budget);
    assert.equal(bindingWindow([budget, ...used(27)])?.usedPercent, 27);
  });

  it('are full at 100 %, not before', () => {
    assert.deepEqual(
      used(0, 99, 99.5, 99.99, 100, 130).map((window) => isFull(window)),
      [false, false, false, false, true, true],
    );
  });

  it('are shown in whole percent, and only what is full or unused as that', () => {
    assert.deepEqual(
      [-1, 0, 0.2, 0.7, 42.4, 99.4, 99.99, 100, 103.6].map(shownPercent),
      [-1, 0, 1, 1, 42, 99, 99, 100, 104],
    );
  });

  it('are all back when the last full one has started over', () => {
    const later = {...weekly, usedPercent: 100, resetsAtMs: AT * 1000 + 5};
    const unknown = {...fiveHours, usedPercent: 100, resetsAtMs: null};
    assert.equal(spentUntilMs([...used(100), later, fiveHours]), AT * 1000 + 5);
    assert.equal(spentUntilMs([unknown, ...used(100)]), AT * 1000);
    assert.equal(spentUntilMs([unknown]), null);
    assert.equal(spentUntilMs(used(99)), null);
  });
});

describe('credits in headers', () => {
  const cases: [what: string, headers: Record<string, string>, credits: Credits | null][] = [
    ['are unknown where nothing is said', {}, null],
    [
      'are told with their balance',
      {
        'x-codex-credits-has-credits': 'True',
        'x-codex-credits-unlimited': 'false',
        'x-codex-credits-balance': '12.50',
      },
      {hasCredits: true, unlimited: false, balance: '12.50'},
    ],
    [
      'may be without end',
      {'x-codex-credits-has-credits': 'false', 'x-codex-credits-unlimited': 'true'},
      {hasCredits: false, unlimited: true, balance: null},
    ],
  ];
  for (const [what, headers, credits] of cases) {
    it(what, () => assert.deepEqual(creditsFromHeaders(headers), credits));
  }
});
