import assert from 'node:assert/strict';

import {accountStatusSchema, afterLogin} from '../../../src/accounts/data/status-file.js';
import {
  afterHaving,
  afterMissing,
  lacksAnyModel,
  lacksModel,
} from '../../../src/accounts/state/missing-models.js';

const NOW = Date.UTC(2026, 10, 25, 12);
const status = accountStatusSchema.parse({missingModels: {'gpt-x': NOW + 5, 'gpt-old': NOW}});

describe('the models that an account does not have', () => {
  for (const [model, lacks] of [
    ['gpt-x', true],
    ['gpt-old', false],
    ['gpt-y', false],
    ['constructor', false],
    [null, false],
  ] as const) {
    it(`are ${lacks ? '' : 'not '}known to be ${model ?? 'unknown ones'}`, () =>
      assert.equal(lacksModel(status, model, NOW), lacks));
  }

  it('are any only while they are believed', () => {
    assert.ok(lacksAnyModel(status, NOW));
    assert.ok(!lacksAnyModel(status, NOW + 5));
    assert.ok(!lacksAnyModel(accountStatusSchema.parse({}), NOW));
  });

  it('grow by one that is found, and lose those that are not believed any more', () => {
    const after = afterMissing(status, {model: 'gpt-z', untilMs: NOW + 9}, NOW);
    assert.deepEqual(after.missingModels, {'gpt-x': NOW + 5, 'gpt-z': NOW + 9});
  });

  it('lose one that work has succeeded with', () => {
    assert.deepEqual(afterHaving(status, 'gpt-x').missingModels, {'gpt-old': NOW});
    for (const model of ['gpt-y', 'constructor', null]) assert.equal(afterHaving(status, model), status);
  });

  it('are forgotten with a new login', () => assert.equal(afterLogin(status).missingModels, undefined));
});
