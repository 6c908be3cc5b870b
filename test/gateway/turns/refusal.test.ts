import assert from 'node:assert/strict';

import type {AccountState} from '../../../src/contract/index.js';
import type {HomeLogin} from '../../../src/gateway/pool/login-cache.js';
import type {PoolAccount} from '../../../src/gateway/pool/pool.js';
import {type Exhaustion, allOut, sealedSummary} from '../../../src/gateway/turns/refusal.js';

const NOW = Date.UTC(2026, 10, 25, 12);

function account(
  name: string,
  state: AccountState,
  untilMs: number | null = null,
  more: {modelUntilMs?: number; plan?: string} = {},
): PoolAccount {
  return {
    name,
    home: `/homes/${name}`,
    isDefault: false,
    standing: {state, untilMs, reason: null, spendsCredits: false},
    modelUntilMs: more.modelUntilMs ?? null,
    lacksModel: false,
    listsModel: null,
    lastQuotaAtMs: null,
    windows: [],
    login: more.plan === undefined ? null : ({plan: more.plan} as HomeLogin),
  };
}

describe('what a client is told when no account is left', () => {
  const cases: [
    what: string,
    exhaustion: Partial<Exhaustion>,
    status: number,
    error: Readonly<Record<string, unknown>>,
  ][] = [
    [
      'the first return of all, with the plan of that account',
      {
        accounts: [
          account('a', 'cooldown', NOW + 7200_000, {plan: 'plus'}),
          account('b', 'used-up', NOW + 1800_000, {plan: 'pro'}),
        ],
      },
      429,
      {
        type: 'usage_limit_reached',
        plan_type: 'pro',
        resets_at: (NOW + 1800_000) / 1000,
        resets_in_seconds: 1800,
      },
    ],
    [
      'the return of the model where only that is out',
      {accounts: [account('a', 'ready', null, {modelUntilMs: NOW + 60_000})]},
      429,
      {type: 'usage_limit_reached', plan_type: 'unknown', resets_in_seconds: 60},
    ],
    [
      'a minute where an account was left for its quota and has no end to it',
      {accounts: [account('a', 'ready')], quotaMet: true},
      429,
      {type: 'usage_limit_reached', resets_in_seconds: 60},
    ],
    [
      'at least a second',
      {accounts: [account('a', 'cooldown', NOW - 5000)]},
      429,
      {type: 'usage_limit_reached', resets_in_seconds: 1},
    ],
    [
      'a quota that ends rather than what cannot be reached',
      {accounts: [account('a', 'cooldown', NOW + 1000)], trouble: 'no network'},
      429,
      {type: 'usage_limit_reached'},
    ],
    [
      'what cannot be reached where only that stands in the way',
      {accounts: [account('a', 'ready')], trouble: 'no network'},
      502,
      {type: 'upstream_unreachable', message: 'no network'},
    ],
    [
      'how each account stands where waiting helps none',
      {accounts: [account('a', 'needs-login'), account('b', 'quarantined')], quotaMet: true},
      403,
      {
        type: 'no_usable_account',
        message:
          'No account of the cao gateway can be used (a: needs-login, b: quarantined). Log in again: cao add NAME',
      },
    ],
    [
      'how to add an account where there is none',
      {accounts: []},
      403,
      {type: 'no_usable_account', message: 'The cao gateway has no account. Add one: cao add NAME'},
    ],
  ];
  for (const [what, exhaustion, status, error] of cases) {
    it(`is ${what}`, () => {
      const answer = allOut({accounts: [], trouble: null, quotaMet: false, ...exhaustion}, NOW);
      assert.equal(answer.status, status);
      assert.deepEqual({...answer.body.error, ...error}, answer.body.error);
    });
  }
});

describe('a conversation that cannot move', () => {
  it('is refused with the name of the account that can go on, where known', () => {
    assert.match(JSON.stringify(sealedSummary('a')), /compacted by the account a,/);
    assert.match(JSON.stringify(sealedSummary(null)), /compacted by another account,/);
  });
});
