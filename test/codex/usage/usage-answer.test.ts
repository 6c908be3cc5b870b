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

  it('is not taken from anything else', () => {
    for (const body of [null, 'text', [], {detail: 'no'}]) assert.equal(readUsageAnswer(body, NOW), null);
  });
});
