import assert from 'node:assert/strict';

import {
  readAccount,
  readRateLimits,
  readResetOutcome,
  readTokenUsage,
} from '../../../src/codex/app-server/answers.js';

/** Whatever a later or an earlier Codex might say. */
const NONSENSE: unknown[] = [
  undefined,
  null,
  7,
  'text',
  [],
  {},
  {account: 5, userId: 7, rateLimits: 'x', rateLimitsByLimitId: [], rateLimitResetCredits: 1, summary: 3},
  {
    account: {type: 1, planType: {}},
    rateLimitsByLimitId: {codex: null},
    dailyUsageBuckets: {},
    threadUsage: [],
  },
  {
    rateLimitsByLimitId: {x: {primary: 'no', individualLimit: 3, credits: []}},
    dailyUsageBuckets: [1, {tokens: 2}],
  },
  {rateLimitResetCredits: {availableCount: 'many', credits: [null, {id: 5}]}, outcome: 4},
];

describe('the answers of a codex app-server', () => {
  it('are read without fail, whatever is missing or of another type', () => {
    for (const answer of NONSENSE) {
      assert.equal(readAccount(answer).kind, null);
      assert.ok(readRateLimits(answer).limits.every(({windows}) => windows.length === 0));
      assert.deepEqual(readTokenUsage(answer).days, []);
      assert.equal(readResetOutcome(answer), null);
    }
  });

  it('say who is logged in, and how', () => {
    const account = {
      type: 'chatgpt',
      email: 'a@example.test',
      planType: 'plus',
      workspaceName: 'Team',
      more: 1,
    };
    assert.deepEqual(readAccount({account, userId: 'user-a', workspaceRouting: null}), {
      kind: 'chatgpt',
      email: 'a@example.test',
      plan: 'plus',
      workspaceName: 'Team',
      userId: 'user-a',
      routed: false,
    });
    assert.equal(readAccount({account: {...account, planType: 'unknown'}}).plan, null);
  });

  it('say what is left, by limit or, as before there were several, of one', () => {
    const snapshot = {
      limitId: 'codex',
      primary: {usedPercent: 12, windowDurationMins: 300, resetsAt: 1_900_000_000},
      secondary: null,
      credits: {hasCredits: true, unlimited: false, balance: '7'},
      individualLimit: {limit: '12000', used: '3120.5', remainingPercent: 74, resetsAt: 1_900_000_000},
      spendControlReached: false,
      planType: 'business',
      rateLimitReachedType: null,
    };
    const limit = {
      limitId: 'codex',
      windows: [{usedPercent: 12, windowMinutes: 300, resetsAtMs: 1_900_000_000_000}],
      credits: {hasCredits: true, unlimited: false, balance: '7'},
      individualLimit: {remainingPercent: 74, used: 3120.5, limit: 12_000, resetsAtMs: 1_900_000_000_000},
      spendControlReached: false,
      reachedType: null,
      plan: 'business',
    };
    assert.deepEqual(readRateLimits({rateLimits: snapshot, rateLimitsByLimitId: {codex: snapshot}}).limits, [
      limit,
    ]);
    assert.deepEqual(readRateLimits({rateLimits: {...snapshot, limitId: null}}).limits, [
      {...limit, limitId: null},
    ]);
  });
});
