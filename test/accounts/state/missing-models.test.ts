import assert from 'node:assert/strict';

import {accountStatusSchema, afterLogin} from '../../../src/accounts/data/status-file.js';
import {type AccountUsage, mergeSample} from '../../../src/accounts/data/usage-file.js';
import {
  afterHaving,
  afterMissing,
  lacksModel,
  listsDiffer,
  listsModel,
  missingModels,
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
    assert.deepEqual(missingModels(status, NOW), [{model: 'gpt-x', untilMs: NOW + 5}]);
    assert.deepEqual(missingModels(status, NOW + 5), []);
    assert.deepEqual(missingModels(accountStatusSchema.parse({}), NOW), []);
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

describe('the list of models that an account is offered', () => {
  const week = 7 * 24 * 3600_000;
  const offered = (names: string[], atMs = NOW): AccountUsage => ({windows: [], models: {names, atMs}});
  const unknown: AccountUsage = {windows: []};

  const cases: [what: string, usage: AccountUsage, model: string | null, names: boolean | null][] = [
    ['names a model', offered(['gpt-x']), 'gpt-x', true],
    ['does not name one', offered(['gpt-x']), 'gpt-y', false],
    ['says nothing of a model that is not known', offered(['gpt-x']), null, null],
    ['is not known', unknown, 'gpt-x', null],
    ['is a week old', offered(['gpt-x'], NOW - week), 'gpt-y', false],
    ['is too old to be believed', offered(['gpt-x'], NOW - week - 1), 'gpt-x', null],
  ];
  for (const [what, usage, model, names] of cases)
    it(what, () => assert.equal(listsModel(usage, model, NOW), names));

  const several: [what: string, usages: AccountUsage[], differ: boolean][] = [
    ['differs from none', [], false],
    ['is that of another in any order', [offered(['x', 'y']), offered(['y', 'x'])], false],
    ['differs from one that names more', [offered(['x', 'y']), unknown, offered(['x'])], true],
    ['is compared with no unknown one', [offered(['x']), unknown], false],
    ['is compared with no old one', [offered(['x']), offered(['y'], NOW - week - 1)], false],
  ];
  for (const [what, usages, differ] of several)
    it(what, () => assert.equal(listsDiffer(usages, NOW), differ));

  it('is the newest that was told, whatever else is told with it or without it', () => {
    const first = mergeSample(unknown, {
      account: 'a',
      windows: [],
      source: 'gateway',
      atMs: NOW,
      models: ['x'],
    });
    const figures = mergeSample(first, {account: 'a', windows: [], source: 'live', atMs: NOW + 1});
    const late = mergeSample(figures, {
      account: 'a',
      windows: [],
      source: 'rollout',
      atMs: NOW - 1,
      models: ['old'],
    });
    assert.deepEqual(late.models, {names: ['x'], atMs: NOW});
  });
});
