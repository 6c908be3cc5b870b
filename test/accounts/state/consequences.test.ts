import assert from 'node:assert/strict';

import {
  type Consequence,
  type End,
  accountsReached,
  applyConsequence,
  consequenceOf,
  markRefused,
} from '../../../src/accounts/state/consequences.js';
import {accountStatusSchema} from '../../../src/accounts/data/status-file.js';
import type {Verdict} from '../../../src/contract/index.js';

const NOW = Date.UTC(2026, 10, 25, 12);
const HOUR = 3_600_000;
const REST = 600_000;

const failed = (verdict: Verdict | null): End => ({kind: 'failure', verdict, reason: 'exit code 1'});
const quota = (more: Partial<Extract<Verdict, {kind: 'quota'}>> = {}): End =>
  failed({kind: 'quota', scope: 'account', reason: 'usage_limit_reached', ...more});

const cooldown = (untilMs: number, resetsAtMs: number | null = null) =>
  ({kind: 'cooldown', scope: 'account', untilMs, resetsAtMs, reason: 'usage_limit_reached'}) as const;

describe('what an end means for its account', () => {
  const cases: [what: string, end: End, model: string | null, consequence: Consequence | null][] = [
    [
      'success',
      {kind: 'success', startedAtMs: NOW - 5},
      null,
      {kind: 'success', scope: 'account', startedAtMs: NOW - 5, model: null},
    ],
    ['broken off', {kind: 'broken-off'}, null, null],
    ['quota with a reset', quota({until: new Date(NOW + HOUR)}), null, cooldown(NOW + HOUR, NOW + HOUR)],
    ['quota without a reset', quota(), null, cooldown(NOW + REST)],
    [
      'quota with a reset in the past',
      quota({until: new Date(NOW - HOUR)}),
      null,
      cooldown(NOW + 1000, NOW - HOUR),
    ],
    [
      'quota of the workspace',
      quota({scope: 'workspace'}),
      null,
      {...cooldown(NOW + REST), scope: 'workspace'},
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
        resetsAtMs: null,
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
        resetsAtMs: null,
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
    ['quota of a model that nothing names', quota({scope: 'model'}), null, cooldown(NOW + REST)],
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
  const refusal = {atMs: NOW - HOUR, resetsAtMs: NOW + HOUR, reason: 'usage_limit_reached'};
  const before = accountStatusSchema.parse({
    lastQuotaAtMs: NOW - HOUR,
    cooldownUntilMs: NOW + HOUR,
    consecutiveFailures: 2,
    lastError: 'usage_limit_reached',
    modelCooldowns: {premium: NOW + HOUR},
    modelLimits: {'gpt-p': 'premium'},
    refusals: {codex: refusal, premium: refusal},
    blocked: {kind: 'auth', reason: 'token_revoked', atMs: NOW - HOUR},
    kept: 'as it is',
  });
  const success = (startedAtMs: number, model: string | null = null): Consequence => {
    return {kind: 'success', scope: 'account', startedAtMs, model};
  };
  const modelOut = (limitId: string, model: string | null, resetsAtMs: number | null): Consequence => {
    return {
      kind: 'model-cooldown',
      scope: 'account',
      limitId,
      model,
      untilMs: NOW + 5,
      resetsAtMs,
      reason: 'x',
    };
  };
  const told = (resetsAtMs: number | null, more: object = {}) => ({
    atMs: NOW,
    resetsAtMs,
    reason: 'x',
    ...more,
  });
  const succeeded = {lastSuccessAtMs: NOW, consecutiveFailures: 0};
  const cases: [what: string, consequence: Consequence, changes: Record<string, unknown>][] = [
    [
      'of success ends what was held against the account',
      success(NOW - 1),
      {...succeeded, cooldownUntilMs: null, refusals: {premium: refusal}, lastError: null, blocked: null},
    ],
    [
      'of success with a model ends what was held against that, too',
      success(NOW - 1, 'gpt-p'),
      {...succeeded, cooldownUntilMs: null, modelCooldowns: {}, refusals: {}, lastError: null, blocked: null},
    ],
    [
      'of success that began before a refusal leaves that standing',
      success(NOW - 2 * HOUR, 'gpt-p'),
      succeeded,
    ],
    [
      'of quota is a cooldown, and remembers what was refused',
      {...cooldown(NOW + 2 * HOUR, NOW + 2 * HOUR), reason: 'x'},
      {
        lastQuotaAtMs: NOW,
        cooldownUntilMs: NOW + 2 * HOUR,
        lastError: 'x',
        refusals: {codex: told(NOW + 2 * HOUR), premium: refusal},
      },
    ],
    [
      'of a newer quota outweighs what was told before, also where it ends sooner',
      {...cooldown(NOW + 5, NOW + 5), reason: 'x'},
      {
        lastQuotaAtMs: NOW,
        cooldownUntilMs: NOW + 5,
        lastError: 'x',
        refusals: {codex: told(NOW + 5), premium: refusal},
      },
    ],
    [
      'of quota without a reset never shortens a cooldown',
      {...cooldown(NOW + 5), reason: 'x'},
      {lastQuotaAtMs: NOW, lastError: 'x', refusals: {codex: told(NOW + HOUR), premium: refusal}},
    ],
    [
      'of quota without a reset may lengthen it',
      {...cooldown(NOW + 2 * HOUR), reason: 'x'},
      {
        lastQuotaAtMs: NOW,
        cooldownUntilMs: NOW + 2 * HOUR,
        lastError: 'x',
        refusals: {codex: told(null), premium: refusal},
      },
    ],
    [
      'of the quota of a workspace remembers that it is that',
      {...cooldown(NOW + 5, NOW + 5), scope: 'workspace', reason: 'x'},
      {
        lastQuotaAtMs: NOW,
        cooldownUntilMs: NOW + 5,
        lastError: 'x',
        refusals: {codex: told(NOW + 5, {ofWorkspace: true}), premium: refusal},
      },
    ],
    [
      'of a model’s quota concerns that limit, and remembers who draws on it',
      modelOut('sol', 'gpt-x', NOW + 5),
      {
        lastQuotaAtMs: NOW,
        lastError: 'x',
        modelCooldowns: {premium: NOW + HOUR, sol: NOW + 5},
        modelLimits: {'gpt-p': 'premium', 'gpt-x': 'sol'},
        refusals: {codex: refusal, premium: refusal, sol: told(NOW + 5)},
      },
    ],
    [
      'of a model’s quota without a reset never shortens its cooldown',
      modelOut('premium', null, null),
      {lastQuotaAtMs: NOW, lastError: 'x', refusals: {codex: refusal, premium: told(NOW + HOUR)}},
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
    const out = (scope: 'account' | 'workspace'): Consequence => ({...cooldown(NOW), scope});
    assert.deepEqual(accountsReached(out('workspace'), 'b', workspaces), ['b', 'a']);
    assert.deepEqual(accountsReached(out('account'), 'b', workspaces), ['b']);
    assert.deepEqual(accountsReached(out('workspace'), 'd', workspaces), ['d']);
    assert.deepEqual(accountsReached(out('workspace'), 'gone', workspaces), ['gone']);
  });
});

describe('the windows of a refusal', () => {
  const windows = [
    {limitId: 'codex', usedPercent: 99.6},
    {limitId: 'codex', usedPercent: 100},
    {limitId: 'spend_control', usedPercent: 100},
    {limitId: 'premium', usedPercent: 100},
    {limitId: 'sol', usedPercent: 100},
  ].map((window, at) => ({...window, windowMinutes: at, resetsAtMs: null}));
  const refused = (end: End): string[] =>
    markRefused(windows, end).flatMap(({refused, limitId}) => (refused === true ? [limitId] : []));

  it('are the full ones of the limit that it was about', () => {
    assert.deepEqual(refused(quota()), ['codex', 'spend_control']);
    assert.deepEqual(refused(quota({scope: 'workspace'})), ['codex', 'spend_control']);
    assert.deepEqual(refused(quota({scope: 'model', limitId: 'premium'})), ['premium']);
    assert.deepEqual(refused(quota({scope: 'model'})), []);
    assert.deepEqual(refused(quota({scope: 'model', lacks: 'gpt-x'})), []);
  });

  it('are none where nothing was refused for quota', () => {
    assert.deepEqual(refused(failed({kind: 'overload', reason: 'slow_down'})), []);
    assert.deepEqual(refused({kind: 'success', startedAtMs: NOW}), []);
  });
});
