import assert from 'node:assert/strict';

import {
  type Consequence,
  type End,
  accountsReached,
  applyConsequence,
  consequenceOf,
  markRefused,
} from '../../../src/accounts/state/consequences.js';
import {accountStatusSchema} from '../../../src/accounts/data/status.js';
import type {Verdict} from '../../../src/contract/index.js';

const NOW = Date.UTC(2026, 10, 25, 12);
const HOUR = 3_600_000;
const REST = 600_000;

const failed = (verdict: Verdict | null): End => ({kind: 'failure', verdict, reason: 'exit code 1'});
const quota = (more: Partial<Extract<Verdict, {kind: 'quota'}>> = {}): End =>
  failed({kind: 'quota', scope: 'account', reason: 'usage_limit_reached', ...more});

describe('what an end means for its account', () => {
  const cases: [what: string, end: End, model: string | null, consequence: Consequence | null][] = [
    [
      'success',
      {kind: 'success', startedAtMs: NOW - 5},
      null,
      {kind: 'success', scope: 'account', startedAtMs: NOW - 5},
    ],
    ['broken off', {kind: 'broken-off'}, null, null],
    [
      'quota with a reset',
      quota({until: new Date(NOW + HOUR)}),
      null,
      {kind: 'cooldown', scope: 'account', untilMs: NOW + HOUR, reason: 'usage_limit_reached'},
    ],
    [
      'quota without a reset',
      quota(),
      null,
      {kind: 'cooldown', scope: 'account', untilMs: NOW + REST, reason: 'usage_limit_reached'},
    ],
    [
      'quota with a reset in the past',
      quota({until: new Date(NOW - HOUR)}),
      null,
      {kind: 'cooldown', scope: 'account', untilMs: NOW + 1000, reason: 'usage_limit_reached'},
    ],
    [
      'quota of the workspace',
      quota({scope: 'workspace'}),
      null,
      {kind: 'cooldown', scope: 'workspace', untilMs: NOW + REST, reason: 'usage_limit_reached'},
    ],
    [
      'quota of a model',
      quota({scope: 'model', limitId: 'premium'}),
      'gpt-x',
      {
        kind: 'model-cooldown',
        scope: 'account',
        limitId: 'premium',
        model: 'gpt-x',
        untilMs: NOW + REST,
        reason: 'usage_limit_reached',
      },
    ],
    [
      'quota of a model without the limit’s id',
      quota({scope: 'model'}),
      'gpt-x',
      {
        kind: 'model-cooldown',
        scope: 'account',
        limitId: 'gpt-x',
        model: 'gpt-x',
        untilMs: NOW + REST,
        reason: 'usage_limit_reached',
      },
    ],
    [
      'a model that the account does not have, by the name that was asked for',
      quota({scope: 'model', lacks: 'GPT X', until: new Date(NOW + HOUR)}),
      'gpt-x',
      {
        kind: 'model-missing',
        scope: 'account',
        model: 'gpt-x',
        untilMs: NOW + HOUR,
        reason: 'usage_limit_reached',
      },
    ],
    [
      'one that only the error names',
      quota({scope: 'model', lacks: 'gpt-x'}),
      null,
      {
        kind: 'model-missing',
        scope: 'account',
        model: 'gpt-x',
        untilMs: NOW + REST,
        reason: 'usage_limit_reached',
      },
    ],
    [
      'quota of a model that nothing names',
      quota({scope: 'model'}),
      null,
      {kind: 'cooldown', scope: 'account', untilMs: NOW + REST, reason: 'usage_limit_reached'},
    ],
    [
      'auth',
      failed({kind: 'auth', reason: 'token_revoked'}),
      null,
      {kind: 'block', scope: 'account', block: 'auth', reason: 'token_revoked'},
    ],
    [
      'dead',
      failed({kind: 'dead', reason: 'account_suspended'}),
      null,
      {kind: 'block', scope: 'account', block: 'dead', reason: 'account_suspended'},
    ],
    [
      'overload',
      failed({kind: 'overload', reason: 'slow_down'}),
      null,
      {kind: 'failure', scope: 'account', reason: 'slow_down'},
    ],
    ['the request’s own fault', failed({kind: 'request', reason: 'invalid_prompt'}), null, null],
    [
      'what another account left',
      failed({kind: 'affinity', reason: 'invalid_encrypted_content'}),
      null,
      null,
    ],
    [
      'a failure nobody knows',
      failed(null),
      null,
      {kind: 'failure', scope: 'account', reason: 'exit code 1'},
    ],
  ];
  for (const [what, end, model, consequence] of cases) {
    it(`of ${what}`, () => {
      assert.deepEqual(consequenceOf(end, {model, restMs: REST, nowMs: NOW}), consequence);
    });
  }
});

describe('a consequence', () => {
  const before = accountStatusSchema.parse({
    lastQuotaAtMs: NOW - HOUR,
    cooldownUntilMs: NOW + HOUR,
    consecutiveFailures: 2,
    lastError: 'usage_limit_reached',
    modelCooldowns: {premium: NOW + HOUR},
    blocked: {kind: 'auth', reason: 'token_revoked', atMs: NOW - HOUR},
    kept: 'as it is',
  });
  const success = (startedAtMs: number): Consequence => ({kind: 'success', scope: 'account', startedAtMs});
  const cases: [what: string, consequence: Consequence, changes: Record<string, unknown>][] = [
    [
      'of success ends what was held against the account',
      success(NOW - 1),
      {
        lastSuccessAtMs: NOW,
        cooldownUntilMs: null,
        consecutiveFailures: 0,
        lastError: null,
        blocked: null,
      },
    ],
    [
      'of success that began before a refusal leaves that standing',
      success(NOW - 2 * HOUR),
      {lastSuccessAtMs: NOW, consecutiveFailures: 0},
    ],
    [
      'of quota is a cooldown',
      {kind: 'cooldown', scope: 'account', untilMs: NOW + 2 * HOUR, reason: 'x'},
      {lastQuotaAtMs: NOW, cooldownUntilMs: NOW + 2 * HOUR, lastError: 'x'},
    ],
    [
      'of quota never shortens a cooldown',
      {kind: 'cooldown', scope: 'account', untilMs: NOW + 5, reason: 'x'},
      {lastQuotaAtMs: NOW, lastError: 'x'},
    ],
    [
      'of a model’s quota concerns that limit, and remembers who draws on it',
      {
        kind: 'model-cooldown',
        scope: 'account',
        limitId: 'sol',
        model: 'gpt-x',
        untilMs: NOW + 5,
        reason: 'x',
      },
      {
        lastQuotaAtMs: NOW,
        lastError: 'x',
        modelCooldowns: {premium: NOW + HOUR, sol: NOW + 5},
        modelLimits: {'gpt-x': 'sol'},
      },
    ],
    [
      'of a model’s quota never shortens its cooldown',
      {
        kind: 'model-cooldown',
        scope: 'account',
        limitId: 'premium',
        model: null,
        untilMs: NOW + 5,
        reason: 'x',
      },
      {lastQuotaAtMs: NOW, lastError: 'x'},
    ],
    [
      'of a missing model is held against nothing but that',
      {kind: 'model-missing', scope: 'account', model: 'gpt-x', untilMs: NOW + HOUR, reason: 'x'},
      {missingModels: {'gpt-x': NOW + HOUR}},
    ],
    [
      'of a refused login counts as a failure too',
      {kind: 'block', scope: 'account', block: 'dead', reason: 'x'},
      {blocked: {kind: 'dead', reason: 'x', atMs: NOW}, consecutiveFailures: 3, lastError: 'x'},
    ],
    [
      'of a failure is counted',
      {kind: 'failure', scope: 'account', reason: 'x'},
      {consecutiveFailures: 3, lastError: 'x'},
    ],
  ];
  for (const [what, consequence, changes] of cases) {
    it(what, () => {
      assert.deepEqual(applyConsequence(before, consequence, NOW), {...before, ...changes});
    });
  }

  it('reaches the accounts of one workspace only where the workspace is out', () => {
    const workspaces = new Map([
      ['a', 'ws-1'],
      ['b', 'ws-1'],
      ['c', 'ws-2'],
      ['d', null],
      ['e', null],
    ]);
    const out = (scope: 'account' | 'workspace'): Consequence => ({
      kind: 'cooldown',
      scope,
      untilMs: NOW,
      reason: 'x',
    });
    assert.deepEqual(accountsReached(out('workspace'), 'b', workspaces), ['b', 'a']);
    assert.deepEqual(accountsReached(out('account'), 'b', workspaces), ['b']);
    assert.deepEqual(accountsReached(out('workspace'), 'd', workspaces), ['d']);
    assert.deepEqual(accountsReached(out('workspace'), 'gone', workspaces), ['gone']);
  });
});

describe('the windows of a refusal', () => {
  const windows = [99.4, 99.5, 100].map((usedPercent) => {
    return {limitId: 'codex', usedPercent, windowMinutes: usedPercent, resetsAtMs: null};
  });
  const refused = (end: End): number[] =>
    markRefused(windows, end).flatMap((window) => (window.refused === true ? [window.usedPercent] : []));

  it('are those that are full', () => {
    assert.deepEqual(refused(quota()), [99.5, 100]);
  });

  it('are those of the limit that was met', () => {
    const premium = {limitId: 'premium', usedPercent: 100, windowMinutes: 300, resetsAtMs: null};
    const [main] = windows.slice(-1);
    const marked = (more: object): (boolean | undefined)[] =>
      markRefused([main!, premium], quota(more)).map((window) => window.refused);
    assert.deepEqual(marked({scope: 'account'}), [true, undefined]);
    assert.deepEqual(marked({scope: 'workspace'}), [true, undefined]);
    assert.deepEqual(marked({scope: 'model', limitId: 'premium'}), [undefined, true]);
    assert.deepEqual(marked({scope: 'model', lacks: 'gpt-x'}), [undefined, undefined]);
  });

  it('are none where nothing was refused for quota', () => {
    assert.deepEqual(refused(failed({kind: 'overload', reason: 'slow_down'})), []);
    assert.deepEqual(refused({kind: 'success', startedAtMs: NOW}), []);
  });
});
