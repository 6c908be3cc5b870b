import assert from 'node:assert/strict';

import type {AccountState} from '../../../src/contract/index.js';
import {
  type Choosable,
  classes,
  firstBack,
  isWaiting,
  someMayHaveModel,
  usable,
} from '../../../src/accounts/state/choice.js';
import {nextAccount} from '../../../src/accounts/state/next-account.js';

const NOW = Date.UTC(2026, 10, 25, 12);

const account = (
  name: string,
  state: AccountState,
  untilMs: number | null = null,
  modelUntilMs: number | null = null,
): Choosable => ({name, standing: {state, untilMs, reason: null, spendsCredits: false}, modelUntilMs});

const onCredits = (name: string): Choosable => ({
  name,
  standing: {state: 'ready', untilMs: null, reason: null, spendsCredits: true},
});

const names = (accounts: readonly Choosable[]): string[] => accounts.map(({name}) => name);

describe('the accounts that can be asked', () => {
  it('are those with quota in their order, then those that would spend credits, then those that are used up', () => {
    const all = [
      account('used', 'used-up', NOW + 5),
      onCredits('paid'),
      account('second', 'ready'),
      account('cold', 'cooldown', NOW + 5),
      account('kept', 'reserved', NOW + 5),
      account('lost', 'needs-login'),
      account('closed', 'quarantined'),
      account('third', 'ready'),
      account('model-out', 'ready', null, NOW + 5),
    ];
    assert.deepEqual(names(usable(all)), ['second', 'third', 'paid', 'used']);
    assert.deepEqual(classes(all).map(names), [['second', 'third'], ['paid'], ['used']]);
  });
});

describe('accounts whose list of models is known', () => {
  const listing = (name: string, listsModel: boolean | null, more: Partial<Choosable> = {}): Choosable => ({
    ...account(name, 'ready'),
    listsModel,
    ...more,
  });
  const paid = {standing: {state: 'ready', untilMs: null, reason: null, spendsCredits: true}} as const;
  const cases: [what: string, accounts: Choosable[], order: string][] = [
    ['without the model come after one that names it', [listing('a', false), listing('b', true)], 'b a'],
    ['keep their order where none names it', [listing('a', false), listing('b', false)], 'a b'],
    [
      'keep their order where it is not known that any does',
      [listing('a', false), listing('b', null)],
      'a b',
    ],
    [
      'come after those that nothing is known of, once one names it',
      [listing('a', false), listing('b', null), listing('c', true), listing('d', false)],
      'b c a d',
    ],
    ['are asked before credits are spent', [listing('a', false), listing('b', true, paid)], 'a b'],
    [
      'count less than what the backend has refused',
      [listing('a', false), listing('b', true, {lacksModel: true})],
      'a',
    ],
  ];
  for (const [what, accounts, order] of cases)
    it(what, () => assert.equal(names(usable(accounts)).join(' '), order));
});

describe('accounts that lack the model', () => {
  const lacking = (name: string, state: AccountState = 'ready'): Choosable => ({
    ...account(name, state, NOW + 5),
    lacksModel: true,
  });
  const cases: [what: string, accounts: Choosable[], usableNow: string[], someMay: boolean][] = [
    ['are passed over for others', [lacking('a'), account('b', 'ready')], ['b'], true],
    ['are passed over for one that is used up', [lacking('a'), account('b', 'used-up')], ['b'], true],
    ['are not asked while another rests', [lacking('a'), account('b', 'cooldown', NOW + 9)], [], true],
    ['are asked where no other can ever be', [lacking('a'), account('b', 'needs-login')], ['a'], false],
    ['are asked where all do', [lacking('a', 'used-up'), lacking('b')], ['b', 'a'], false],
    ['are not asked while they rest', [lacking('a', 'cooldown')], [], false],
  ];
  for (const [what, accounts, usableNow, someMay] of cases) {
    it(what, () => {
      assert.deepEqual(names(usable(accounts)), usableNow);
      assert.equal(someMayHaveModel(accounts), someMay);
    });
  }

  it('are not waited for', () => {
    assert.equal(firstBack([lacking('a', 'cooldown'), lacking('b')], NOW), null);
  });
});

describe('the account that is back first', () => {
  const cases: [what: string, accounts: Choosable[], first: [string, number] | null][] = [
    [
      'is the one whose state ends first',
      [account('a', 'cooldown', NOW + 9), account('b', 'used-up', NOW + 5)],
      ['b', NOW + 5],
    ],
    [
      'is the earlier in order of two at one time',
      [account('a', 'cooldown', NOW + 5), account('b', 'reserved', NOW + 5)],
      ['a', NOW + 5],
    ],
    ['waits for its model and its quota', [account('a', 'cooldown', NOW + 5, NOW + 9)], ['a', NOW + 9]],
    ['waits for its model alone', [account('a', 'ready', null, NOW + 9)], ['a', NOW + 9]],
    ['is told in a minute where no end is known', [account('a', 'reserved')], ['a', NOW + 60_000]],
    ['is none where only a login helps', [account('a', 'needs-login'), account('b', 'quarantined')], null],
    ['is none of none', [], null],
  ];
  for (const [what, accounts, first] of cases) {
    it(what, () => {
      const found = firstBack(accounts, NOW);
      assert.deepEqual(found && [found.name, found.atMs], first);
    });
  }

  it('is worth waiting for in these states', () => {
    const states: AccountState[] = ['ready', 'cooldown', 'used-up', 'reserved', 'needs-login', 'quarantined'];
    const waiting = states.filter((state) => isWaiting(account('a', state)));
    assert.deepEqual(waiting, ['cooldown', 'used-up', 'reserved']);
    assert.equal(isWaiting(account('a', 'ready', null, NOW + 1)), true);
  });
});

describe('the account that is next', () => {
  const report = (name: string, state: AccountState, stateUntilMs: number | null = null) => {
    return {name, state, stateUntilMs, spendsCredits: false};
  };
  const paid = (name: string) => ({...report(name, 'ready'), spendsCredits: true});
  const cases: [what: string, accounts: ReturnType<typeof report>[], next: ReturnType<typeof nextAccount>][] =
    [
      ['the default', [report('a', 'ready'), report('b', 'ready')], {name: 'a', why: 'the default account'}],
      [
        'the next ready one',
        [report('a', 'used-up', NOW + 5), report('b', 'ready')],
        {name: 'b', why: 'a is passed over: used-up'},
      ],
      [
        'the next ready one after several',
        [report('a', 'needs-login'), report('b', 'reserved', NOW + 5), report('c', 'ready')],
        {name: 'c', why: 'a is passed over: needs-login, as is 1 more'},
      ],
      [
        'a used-up one when nothing else is left',
        [report('a', 'cooldown', NOW + 9), report('b', 'used-up', NOW + 5)],
        {name: 'b', why: 'used-up, as all others are out'},
      ],
      [
        'one with quota before the default’s credits',
        [paid('a'), report('b', 'ready')],
        {name: 'b', why: 'a is passed over: would spend credits'},
      ],
      [
        'the default with credits where no other has quota',
        [paid('a'), report('b', 'cooldown', NOW + 5)],
        {name: 'a', why: 'on credits, as no other has quota'},
      ],
      [
        'none, with the first that is back',
        [report('a', 'cooldown', NOW + 9)],
        {name: null, firstReady: {name: 'a', atMs: NOW + 9}},
      ],
      ['none for good', [report('a', 'quarantined')], {name: null, firstReady: null}],
    ];
  for (const [what, accounts, next] of cases) {
    it(`is ${what}`, () => {
      assert.deepEqual(nextAccount(accounts, NOW), next);
    });
  }
});
