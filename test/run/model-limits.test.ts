import assert from 'node:assert/strict';

import type {Consequence} from '../../src/accounts/state/consequences.js';
import {type AccountStatus, accountStatusSchema} from '../../src/accounts/data/status-file.js';
import {ModelLimits} from '../../src/run/model-limits.js';

const NOW = Date.UTC(2026, 10, 25, 12);
const status = accountStatusSchema.parse({
  modelCooldowns: {premium: NOW + 50, old: NOW},
  modelLimits: {'gpt-x': 'premium'},
});
const limitsOf = (model: string | null): ModelLimits => new ModelLimits(() => Promise.resolve(model));
const of = (name: string, known: AccountStatus, limits: ModelLimits) =>
  limits.standingOf({name, home: `/${name}`, status: known}, {windows: []}, NOW);
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

  it('are those on record for a model that is settled, and what the run has met itself', async () => {
    assert.ok((await of('a', known, limitsOf('gpt-x'))).lacksModel);
    assert.ok(!(await of('a', known, limitsOf('gpt-y'))).lacksModel);
    const limits = limitsOf(null);
    assert.ok(!(await of('a', known, limits)).lacksModel);
    limits.note('a', missing);
    assert.ok((await of('a', status, limits)).lacksModel);
    assert.ok(!(await of('b', status, limits)).lacksModel);
  });

  it('are those on record for the model that the first attempt asked, where none is settled', async () => {
    const limits = limitsOf(null);
    limits.noteAsked(null);
    limits.noteAsked('gpt-x');
    limits.noteAsked('gpt-y');
    assert.ok((await of('a', known, limits)).lacksModel);
    const settled = limitsOf('gpt-y');
    settled.noteAsked('gpt-x');
    assert.ok(!(await of('a', known, settled)).lacksModel);
  });

  it('are those of the home in question', async () => {
    const limits = new ModelLimits((home) => Promise.resolve(home === '/a' ? 'gpt-x' : 'gpt-y'));
    assert.deepEqual(
      [await of('a', known, limits), await of('b', known, limits)].map(({lacksModel}) => lacksModel),
      [true, false],
    );
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
    it(what, async () => {
      const limits = limitsOf(model);
      limits.note('a', consequence);
      assert.equal((await of('a', status, limits)).modelUntilMs, untilMs);
      if (model === null) assert.equal((await of('b', status, limits)).modelUntilMs, null);
    });
  }
});
