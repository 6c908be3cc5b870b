import assert from 'node:assert/strict';

import type {UsePolicy} from '../../../src/accounts/data/gateway-file.js';
import {type AccountFacts, modelOutUntil, stateOf} from '../../../src/accounts/state/account-state.js';
import {accountStatusSchema} from '../../../src/accounts/data/status-file.js';
import type {StoredWindow} from '../../../src/accounts/data/usage-file.js';

const NOW = Date.UTC(2026, 10, 25, 12);
const HOUR = 3_600_000;
const POLICY: UsePolicy = {reserve: {}, restMs: 900_000};

/** A window of the plan's own limit, told ten minutes ago. */
function window(usedPercent: number, more: Partial<StoredWindow> = {}): StoredWindow {
  const told = {limitId: 'codex', windowMinutes: 300, resetsAtMs: NOW + HOUR, source: 'live' as const};
  return {...told, atMs: NOW - 600_000, usedPercent, ...more};
}

const blocked = (kind: 'auth' | 'dead', atMs: number): Record<string, unknown> => ({
  blocked: {kind, reason: 'token_revoked', atMs},
});

type Case = {
  what: string;
  login?: AccountFacts['login'];
  status?: Record<string, unknown>;
  windows?: StoredWindow[];
  credits?: AccountFacts['usage']['credits'];
  permission?: AccountFacts['usage']['permission'];
  reserve?: number;
  is: string;
  untilMs?: number | null;
  /** Default: no. */
  spendsCredits?: boolean;
};

const CREDITS = {hasCredits: true, unlimited: false, balance: '5'};
const TOLD = NOW - 600_000;

const CASES: Case[] = [
  {what: 'nothing is known but a login', is: 'ready'},
  {what: 'there is no login', login: {kind: 'none', reason: 'not logged in'}, is: 'needs-login'},
  {what: 'its login was refused', status: blocked('auth', NOW - HOUR + 1), is: 'needs-login'},
  {what: 'a login was written after the refusal', status: blocked('auth', NOW - 2 * HOUR), is: 'ready'},
  {what: 'the backend has closed it', status: blocked('dead', NOW), is: 'quarantined'},
  {
    what: 'tokens of a closed account were refreshed since',
    status: blocked('dead', NOW - 2 * HOUR),
    is: 'quarantined',
  },
  {
    what: 'it cools down',
    status: {cooldownUntilMs: NOW + HOUR},
    is: 'cooldown',
    untilMs: NOW + HOUR,
  },
  {what: 'its cooldown ends now', status: {cooldownUntilMs: NOW}, is: 'ready'},
  {
    what: 'it is refused and cools down',
    status: {...blocked('auth', NOW), cooldownUntilMs: NOW + HOUR},
    is: 'needs-login',
  },
  {what: 'a window reads as full but is not', windows: [window(99.96)], is: 'ready'},
  {what: 'a window is full', windows: [window(100)], is: 'used-up', untilMs: NOW + HOUR},
  {
    what: 'two windows are full',
    windows: [window(100), window(100, {windowMinutes: 10_080, resetsAtMs: NOW + 9 * HOUR})],
    is: 'used-up',
    untilMs: NOW + 9 * HOUR,
  },
  {what: 'its full window has started over', windows: [window(100, {resetsAtMs: NOW - 1})], is: 'ready'},
  {
    what: 'a window is full for an unknown time',
    windows: [window(100, {resetsAtMs: null})],
    is: 'ready',
  },
  {
    what: 'a window is full and there are credits',
    windows: [window(100)],
    credits: CREDITS,
    is: 'ready',
    spendsCredits: true,
  },
  {
    what: 'its plan has no quota left, says the backend, and there are credits',
    windows: [window(100)],
    credits: CREDITS,
    permission: {allowed: false, atMs: TOLD},
    is: 'ready',
    spendsCredits: true,
  },
  {what: 'there are credits that nobody needs yet', windows: [window(99)], credits: CREDITS, is: 'ready'},
  {
    what: 'a budget is full, which credits do not lift',
    windows: [window(100, {limitId: 'spend_control', windowMinutes: null})],
    credits: CREDITS,
    is: 'used-up',
    untilMs: NOW + HOUR,
  },
  {
    what: 'the backend says that it is out until its full window’s reset',
    windows: [window(100), window(30, {windowMinutes: 10_080, resetsAtMs: NOW + 9 * HOUR})],
    permission: {allowed: false, atMs: TOLD},
    is: 'used-up',
    untilMs: NOW + HOUR,
  },
  {
    what: 'the backend says that it is out, and nothing says until when',
    windows: [window(30)],
    permission: {allowed: false, atMs: TOLD},
    is: 'used-up',
    untilMs: TOLD + POLICY.restMs,
  },
  {
    what: 'the backend says that it is out, of whatever has no window',
    credits: CREDITS,
    permission: {allowed: false, atMs: TOLD},
    is: 'used-up',
    untilMs: TOLD + POLICY.restMs,
  },
  {
    what: 'the backend said so long ago',
    windows: [window(30)],
    permission: {allowed: false, atMs: NOW - HOUR},
    is: 'ready',
  },
  {
    what: 'the window is over for which the backend said so',
    windows: [window(100, {resetsAtMs: NOW - 1})],
    permission: {allowed: false, atMs: TOLD},
    is: 'ready',
  },
  {
    what: 'newer figures say otherwise',
    windows: [window(30, {atMs: TOLD + 300_000})],
    permission: {allowed: false, atMs: TOLD},
    is: 'ready',
  },
  {
    what: 'the backend says that it may go on',
    windows: [window(99.6)],
    permission: {allowed: true, atMs: TOLD},
    is: 'ready',
  },
  {
    what: 'a window is full and credits are used up',
    windows: [window(100)],
    credits: {hasCredits: false, unlimited: false, balance: '0'},
    is: 'used-up',
    untilMs: NOW + HOUR,
  },
  {what: 'the limit of one model is full', windows: [window(100, {limitId: 'gpt-x'})], is: 'ready'},
  {
    what: 'a window has come to the reserve',
    windows: [window(80)],
    reserve: 20,
    is: 'reserved',
    untilMs: NOW + HOUR,
  },
  {what: 'a window is short of the reserve', windows: [window(79.9)], reserve: 20, is: 'ready'},
  {
    what: 'two windows have come to the reserve, one of them full',
    windows: [window(100), window(95, {windowMinutes: 10_080, resetsAtMs: NOW + 50 * HOUR})],
    reserve: 10,
    is: 'reserved',
    untilMs: NOW + 50 * HOUR,
  },
  {
    what: 'its cooldown ends before a full window does',
    status: {cooldownUntilMs: NOW + HOUR},
    windows: [window(100, {resetsAtMs: NOW + 3 * HOUR})],
    is: 'cooldown',
    untilMs: NOW + 3 * HOUR,
  },
  {
    what: 'its cooldown ends within its reserve',
    status: {cooldownUntilMs: NOW + HOUR},
    windows: [window(90, {resetsAtMs: NOW + 3 * HOUR})],
    reserve: 20,
    is: 'cooldown',
    untilMs: NOW + 3 * HOUR,
  },
  {
    what: 'it cools down within its reserve',
    status: {cooldownUntilMs: NOW + 2 * HOUR},
    windows: [window(90)],
    reserve: 20,
    is: 'cooldown',
    untilMs: NOW + 2 * HOUR,
  },
];

describe('the state of an account', () => {
  for (const {what, login, status = {}, windows = [], reserve, is, untilMs = null, ...more} of CASES) {
    it(`is ${is} when ${what}`, () => {
      const facts: AccountFacts = {
        login: login ?? {kind: 'usable', writtenAtMs: NOW - HOUR},
        status: accountStatusSchema.parse(status),
        usage: {windows, credits: more.credits, permission: more.permission},
      };
      const policy = reserve === undefined ? POLICY : {...POLICY, reserve: {work: reserve}};
      const standing = stateOf('work', facts, policy, NOW);
      assert.deepEqual(
        [standing.state, standing.untilMs, standing.spendsCredits],
        [is, untilMs, more.spendsCredits ?? false],
      );
      assert.equal(standing.reason === null, is === 'ready' || is === 'cooldown');
    });
  }

  it('says why an account cools down', () => {
    const refusal = {atMs: NOW - HOUR, resetsAtMs: null, reason: 'usage_limit_reached'};
    const status = accountStatusSchema.parse({
      cooldownUntilMs: NOW + 1,
      lastError: 'exit code 1',
      refusals: {codex: refusal},
    });
    const facts: AccountFacts = {
      login: {kind: 'usable', writtenAtMs: NOW},
      status,
      usage: {windows: []},
    };
    assert.equal(stateOf('work', facts, POLICY, NOW).reason, 'usage_limit_reached');
  });
});

describe('the limit behind a model', () => {
  const status = accountStatusSchema.parse({
    modelCooldowns: {premium: NOW + HOUR, 'gpt-old': NOW - HOUR, 'gpt-b': NOW + 2 * HOUR},
    modelLimits: {'gpt-a': 'premium'},
  });
  const cases: [what: string, model: string | null, untilMs: number | null][] = [
    ['is out for a model that was seen to draw on it', 'gpt-a', NOW + HOUR],
    ['is out for a model of its own name', 'gpt-b', NOW + 2 * HOUR],
    ['is back when its time has come', 'gpt-old', null],
    ['concerns no other model', 'gpt-c', null],
    ['concerns no model with the name of an object’s own', 'constructor', null],
    ['is nothing to a request whose model is not known', null, null],
  ];
  for (const [what, model, untilMs] of cases) {
    it(what, () => {
      assert.equal(modelOutUntil(status, model, NOW), untilMs);
    });
  }
});
