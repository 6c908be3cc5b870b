import assert from 'node:assert/strict';

import {readUsageAnswer} from '../../../src/codex/usage/usage-answer.js';

const NOW = Date.UTC(2026, 10, 22, 12);

describe('the answer of the usage endpoint', () => {
  it('holds the plan’s windows, those of models, and credits', () => {
    const window = {
      used_percent: 12.5,
      limit_window_seconds: 18_000,
      reset_after_seconds: 60,
      reset_at: NOW / 1000 + 90,
    };
    const reading = readUsageAnswer(
      {
        plan_type: 'pro',
        rate_limit: {allowed: true, limit_reached: false, primary_window: window, secondary_window: null},
        additional_rate_limits: [
          {
            limit_name: 'Sol',
            metered_feature: 'gpt-6-sol',
            rate_limit: {primary_window: {...window, reset_at: null}},
          },
          {rate_limit: {primary_window: window}},
        ],
        credits: {has_credits: true, unlimited: false, balance: 7},
      },
      NOW,
    );
    assert.deepEqual(reading, {
      windows: [
        {limitId: 'codex', usedPercent: 12.5, windowMinutes: 300, resetsAtMs: NOW + 90_000},
        {limitId: 'gpt-6-sol', usedPercent: 12.5, windowMinutes: 300, resetsAtMs: NOW + 60_000},
      ],
      credits: {hasCredits: true, unlimited: false, balance: '7'},
      plan: 'pro',
      allowed: true,
    });
  });

  it('may hold nothing but the plan', () => {
    const reading = readUsageAnswer({rate_limit: null, plan_type: 'free', additional_rate_limits: null}, NOW);
    assert.deepEqual(reading, {windows: [], credits: null, plan: 'free', allowed: null});
  });

  const budget = (usedPercent: number, resetsAtMs: number | null) => {
    return {limitId: 'spend_control', usedPercent, windowMinutes: null, resetsAtMs};
  };
  const budgets: [what: string, spendControl: unknown, window: object | null, allowed: boolean | null][] = [
    [
      'that is full',
      {individual_limit: {used_percent: '100', reset_at: 1_800_000_000}},
      budget(100, 18e11),
      null,
    ],
    [
      'that tells what remains',
      {individual_limit: {remaining_percent: 74, reset_after_seconds: 90}},
      budget(26, NOW + 90_000),
      null,
    ],
    ['that tells amounts alone', {individual_limit: {limit: '12000', used: '3120'}}, budget(26, null), null],
    ['without an amount', {reached: false, individual_limit: {limit: '0', used: '0'}}, null, true],
    [
      'that is reached, whatever its figures say',
      {reached: true, individual_limit: {used_percent: 26}},
      budget(100, null),
      false,
    ],
    ['of the workspace that is reached', {reached: true}, budget(100, null), false],
    ['that is not there', null, null, null],
  ];
  for (const [what, spendControl, window, allowed] of budgets) {
    it(`may hold a budget ${what}`, () => {
      const reading = readUsageAnswer({rate_limit: null, spend_control: spendControl}, NOW);
      assert.deepEqual(reading?.windows, window === null ? [] : [window]);
      assert.equal(reading.allowed, allowed);
    });
  }

  const credits = {has_credits: true};
  const permissions: [what: string, answer: Record<string, unknown>, allowed: boolean | null][] = [
    ['allowed', {rate_limit: {allowed: true}}, true],
    ['not allowed', {rate_limit: {allowed: false}}, false],
    ['not allowed but by credits', {rate_limit: {allowed: false}, credits}, false],
    ['at its limit', {rate_limit: {limit_reached: true}}, false],
    ['at its limit, and says that it is allowed', {rate_limit: {allowed: true, limit_reached: true}}, false],
    [
      'at its limit, and goes on with credits',
      {rate_limit: {allowed: true, limit_reached: true}, credits},
      true,
    ],
    ['short of its limit', {rate_limit: {limit_reached: false}}, true],
    ['at a limit of some type', {rate_limit: null, rate_limit_reached_type: {type: 'x'}}, false],
    ['at a limit of a type told as text', {rate_limit: null, rate_limit_reached_type: 'x'}, false],
    ['silent', {rate_limit: {}}, null],
  ];
  for (const [what, answer, allowed] of permissions) {
    it(`tells whether the account may go on: ${what}`, () => {
      assert.equal(readUsageAnswer(answer, NOW)?.allowed, allowed);
    });
  }

  it('is not taken from anything else', () => {
    for (const body of [null, 'text', [], {detail: 'no'}]) assert.equal(readUsageAnswer(body, NOW), null);
  });
});
