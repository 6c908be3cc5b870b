import assert from 'node:assert/strict';

import type {Consequence} from '../../src/accounts/state/consequences.js';
import {accountStatusSchema} from '../../src/accounts/data/status-file.js';
import {ModelLimits} from '../../src/run/model-limits.js';

const NOW = Date.UTC(2026, 10, 25, 12);
const status = accountStatusSchema.parse({
  modelCooldowns: {premium: NOW + 50, old: NOW},
  modelLimits: {'gpt-x': 'premium'},
});
const met = (limitId: string): Consequence => ({
  kind: 'model-cooldown',
  scope: 'account',
  limitId,
  model: null,
  untilMs: NOW + 50,
  resetsAtMs: null,
  reason: 'usage_limit_reached',
});

describe('the models that a run finds missing', () => {
  const missing: Consequence = {
    kind: 'model-missing',
    scope: 'account',
    model: 'gpt-x',
    untilMs: NOW + 9,
    reason: 'model_not_supported',
  };
  const known = accountStatusSchema.parse({missingModels: {'gpt-x': NOW + 9}});

  it('are those on record for a model that is named, and what the run has met itself', () => {
    assert.ok(new ModelLimits('gpt-x').lacks('a', known, NOW));
    assert.ok(!new ModelLimits('gpt-y').lacks('a', known, NOW));
    const limits = new ModelLimits(null);
    assert.ok(!limits.lacks('a', known, NOW));
    limits.note('a', missing);
    assert.ok(limits.lacks('a', status, NOW));
    assert.ok(!limits.lacks('b', status, NOW));
  });
});

describe('the limits of the model of a run', () => {
  const cases: [
    what: string,
    model: string | null,
    consequence: Consequence | null,
    untilMs: number | null,
  ][] = [
    ['are those on record for a model that is named', 'gpt-x', null, NOW + 50],
    ['are none on record for another one', 'gpt-y', null, null],
    ['are none on record where Codex chooses', null, null, null],
    ['are those that the run has met itself', null, met('premium'), NOW + 50],
    ['are over when their time has come', null, met('old'), null],
    ['are over when newer figures have lifted them', null, met('sol'), null],
    [
      'are not what is wrong with the account as a whole',
      null,
      {...met('premium'), kind: 'cooldown'} as Consequence,
      null,
    ],
  ];
  for (const [what, model, consequence, untilMs] of cases) {
    it(what, () => {
      const limits = new ModelLimits(model);
      limits.note('a', consequence);
      assert.equal(limits.untilMs('a', status, NOW), untilMs);
      if (model === null) assert.equal(limits.untilMs('b', status, NOW), null);
    });
  }
});
