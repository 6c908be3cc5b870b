import assert from 'node:assert/strict';

import {recordEnd} from '../../src/accounts/record-end.js';
import type {Candidate} from '../../src/accounts/standings.js';
import type {End} from '../../src/accounts/state/consequences.js';
import {directRoute} from '../../src/run/direct-route.js';
import {gatewayRoute} from '../../src/run/gateway-route.js';
import type {QuotaVerdict, Route} from '../../src/run/route.js';
import {registerAccounts} from '../support/accounts.js';
import {candidate} from '../support/candidates.js';
import {recordQuota} from '../support/ends.js';
import {Sandbox} from '../support/sandbox.js';

const QUOTA: QuotaVerdict = {kind: 'quota', scope: 'account', reason: 'usage_limit_reached'};

const STATES = {
  ready: 'ready',
  full: 'used-up',
  kept: 'reserved',
  cooling: 'cooldown',
  dead: 'quarantined',
  out: 'needs-login',
} as const;

/** Accounts as `name:state`, in order. */
function accounts(list: string): Candidate[] {
  return list.split(' ').map((word) => {
    const [name = '', state = ''] = word.split(':');
    return candidate(name, {state: STATES[state as keyof typeof STATES]});
  });
}

function said(route: Route, list: string): string {
  const step = route.next(accounts(list));
  if (step.kind === 'attempt') return step.account.name;
  if (step.kind === 'refuse') return step.error.message;
  return step.kind === 'pause' ? `pause ${step.ms}` : step.kind;
}

describe('the routes of a run', () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['a', 'b']);
  });
  after(() => sandbox.remove());

  const direct = (
    options: {account?: string; fallback?: boolean; maxPasses?: number; codexArguments?: string[]} = {},
  ) =>
    directRoute({
      store: sandbox.store,
      codexArguments: [],
      cwd: sandbox.home,
      maxPasses: 1,
      retryDelayMs: 5,
      notify: () => undefined,
      fallback: true,
      ...options,
    });
  const gateway = (options: {account?: string; fallback?: boolean; codexArguments?: string[]} = {}) =>
    gatewayRoute(
      {url: 'http://127.0.0.1:1', providerArgs: ['-c', 'x=1']},
      {
        store: sandbox.store,
        codexArguments: [],
        cwd: sandbox.home,
        recordedWithinMs: 60,
        fallback: true,
        ...options,
      },
    );

  for (const [what, route, list, steps] of [
    [
      'the accounts one after another, then a standstill',
      () => direct(),
      'a:ready b:ready',
      ['a', 'b', 'standstill'],
    ],
    ['from the beginning after a standstill', () => direct(), 'a:ready', ['a', 'standstill', 'a']],
    [
      'each pass after a pause',
      () => direct({maxPasses: 2}),
      'a:ready',
      ['a', 'pause 5', 'a', 'standstill', 'a', 'pause 5'],
    ],
    [
      'no second pass where none was tried',
      () => direct({maxPasses: 2}),
      'a:cooling',
      ['standstill', 'standstill'],
    ],
    [
      'none that cools down, is dead or needs a login',
      () => direct(),
      'a:cooling b:dead c:out d:ready',
      ['d', 'standstill'],
    ],
    [
      'one that is used up, when no other is left',
      () => direct(),
      'a:full b:ready c:kept',
      ['b', 'a', 'standstill'],
    ],
    [
      'the named one though it cools down',
      () => direct({account: 'a'}),
      'a:cooling b:ready',
      ['a', 'b', 'standstill'],
    ],
    ['the named one though it is dead', () => direct({account: 'a'}), 'a:dead', ['a', 'standstill']],
    [
      'nothing but the named one, which has no login',
      () => direct({account: 'a'}),
      'a:out b:ready',
      ['a cannot be used: its login is refused.'],
    ],
    [
      'the named one though it rests once, however often the accounts are gone through',
      () => direct({account: 'a', maxPasses: 2}),
      'a:cooling b:ready',
      ['a', 'b', 'pause 5', 'b', 'standstill'],
    ],
    [
      'the default alone without a fallback',
      () => direct({fallback: false}),
      'a:cooling',
      ['standstill', 'standstill'],
    ],
    [
      'not the default that is dead without a fallback',
      () => direct({fallback: false}),
      'a:dead',
      ['a cannot be used: its login is refused.'],
    ],
    [
      'the named one though it is dead without a fallback',
      () => direct({account: 'a', fallback: false}),
      'a:dead',
      ['a', 'standstill'],
    ],
  ] as [string, () => Route, string, string[]][]) {
    it(`directly: ${what}`, () => {
      const chosen = route();
      assert.deepEqual(
        steps.map(() => said(chosen, list)),
        steps,
      );
    });
  }

  for (const [what, list, expected] of [
    ['the home of the first account', 'a:ready b:ready', 'a'],
    ['a home whose quota is gone, while another account is free', 'a:cooling b:ready', 'a'],
    ['no home without a login that works', 'a:out b:dead c:ready', 'c'],
    ['the home of one that is used up, when no other is left', 'a:full b:cooling', 'a'],
    ['nothing while no account is free', 'a:cooling b:cooling', 'standstill'],
    ['nothing where none has a login', 'a:out b:dead', 'standstill'],
  ] as const) {
    it(`through a gateway: ${what}`, () => {
      const route = gateway();
      assert.deepEqual([said(route, list), said(route, list)], [expected, expected]);
    });
  }

  for (const [what, options, list, steps] of [
    ['the home of the named one though it rests', {account: 'a'}, 'a:cooling b:cooling', ['a', 'standstill']],
    [
      'nothing but the named one, which has no login',
      {account: 'a'},
      'a:out b:ready',
      ['a cannot be used: its login is refused.'],
    ],
    ['no home while the default rests without a fallback', {fallback: false}, 'a:cooling', ['standstill']],
    [
      'nothing but the default, which has no login',
      {fallback: false},
      'a:out',
      ['a cannot be used: its login is refused.'],
    ],
  ] as [string, {account?: string; fallback?: boolean}, string, string[]][]) {
    it(`through a gateway: ${what}`, () => {
      const route = gateway(options);
      assert.deepEqual(
        steps.map(() => said(route, list)),
        steps,
      );
    });
  }

  for (const [options, whom] of [
    [{}, ''],
    [{account: 'a'}, ', for a first'],
    [{account: 'a', fallback: false}, ', for a alone'],
    [{fallback: false}, ', for a alone'],
  ] as const) {
    it(`through a gateway it says "${whom}"`, async () => {
      const [account] = await sandbox.store.accounts();
      const line = `Using the gateway at http://127.0.0.1:1, in the home of a${whom}`;
      assert.equal(gateway(options).using(account!), line);
    });
  }

  it('through a gateway it goes on only when the gateway has no account left', async () => {
    assert.equal(await gateway().canGoOn(QUOTA), false);
    const quota = {untilMs: Date.now() + 60_000};
    await recordQuota(sandbox.store, 'a', quota);
    assert.equal(await gateway().canGoOn(QUOTA), false);
    await recordQuota(sandbox.store, 'b', quota);
    assert.equal(await gateway().canGoOn(QUOTA), true);
  });

  it('goes on after a model that is missing only where another account may have it', async () => {
    const missing = {...QUOTA, scope: 'model', lacks: 'gpt-x'} as const;
    assert.equal(await gateway().canGoOn(missing), false);
    const route = direct({codexArguments: ['exec', '-m', 'gpt-x', 'hi']});
    const lack = async (name: string): Promise<boolean> => {
      const end: End = {kind: 'failure', verdict: missing, reason: 'model_not_supported'};
      await recordEnd(sandbox.store, name, end, {model: 'gpt-x', nowMs: Date.now()});
      return route.canGoOn(missing);
    };
    assert.equal(await lack('a'), true);
    assert.equal(await lack('b'), false);
    assert.equal(route.fallingBack('a', 'b', missing), 'a does not have the model gpt-x. Falling back to: b');
  });

  it('through a gateway it counts no account that lacks the model as left', async () => {
    const only = async (accounts: readonly string[]): Promise<void> => {
      for (const name of ['a', 'b'])
        await sandbox.store.status.update([name], (status) => ({
          ...status,
          cooldownUntilMs: accounts.includes(name) ? Date.now() + 60_000 : null,
          missingModels: name === 'a' ? {'gpt-x': Date.now() + 60_000} : {},
        }));
    };
    await only(['b']);
    const route = gateway({codexArguments: ['exec', '-m', 'gpt-x', 'hi']});
    said(route, 'a:ready b:ready');
    assert.equal(await route.canGoOn(QUOTA), true);
    const other = gateway({codexArguments: ['exec', '-m', 'gpt-y', 'hi']});
    said(other, 'a:ready b:ready');
    assert.equal(await other.canGoOn(QUOTA), false);
    await only([]);
    assert.equal(await route.canGoOn(QUOTA), false);
  });

  it('says that an account is tried once more, and that another takes over', () => {
    assert.equal(direct().fallingBack('a', 'a', QUOTA), 'a can be used again. Trying it once more.');
    assert.equal(direct().fallingBack('a', 'b', QUOTA), 'Quota exhausted on a. Falling back to: b');
    assert.equal(gateway().fallingBack('a', 'a', QUOTA), null);
  });

  it('records itself what it learns, except through a gateway', async () => {
    const [account] = await sandbox.store.accounts();
    await direct().recorder?.began(account!);
    assert.ok((await sandbox.store.account('a')).status.lastAttemptAtMs);
    assert.equal(gateway().recorder, null);
    assert.deepEqual([direct().overrides, gateway().overrides], [[], ['-c', 'x=1']]);
  });
});
