import assert from 'node:assert/strict';

import type {Candidate} from '../../src/accounts/standings.js';
import {traitsOf} from '../../src/codex/login/login-kind.js';
import {
  type ResumeLine,
  type StandstillOptions,
  type Waited,
  announceSkipped,
  loginNeeded,
  waitOrGiveUp,
} from '../../src/run/standstill.js';
import {candidate} from '../support/candidates.js';

const READY = candidate('ready', {state: 'ready'});
const SOON = candidate('soon', {state: 'cooldown', untilMs: 1000});
const LATER = candidate('later', {state: 'cooldown', untilMs: 2000});
const LOGGED_OUT = candidate('out', {state: 'needs-login', reason: 'not logged in'});
const DEAD = candidate('dead', {state: 'quarantined', reason: 'account_deleted'});
const API_KEY: Candidate = {
  ...candidate('key', {state: 'needs-login', reason: traitsOf('api-key').notInGateway}),
  kind: 'api-key',
};
const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';

describe('when no account is free', () => {
  it('names each account that needs a person once, and no other', () => {
    const lines: string[] = [];
    const skipped = new Set<string>();
    for (const all of [
      [READY, SOON, LOGGED_OUT],
      [DEAD, LOGGED_OUT],
      [DEAD, API_KEY],
    ])
      announceSkipped(all, skipped, (line) => lines.push(line));
    assert.deepEqual(lines, [
      'Skipping out (needs-login): not logged in. Log in: cao add out',
      'Skipping dead (quarantined): account_deleted. Bring it back with a new login: cao add dead',
      'Skipping key: not for the gateway: an API key is for another address than subscriptions.',
    ]);
  });

  it('says of an account that must begin how it could', () => {
    const first = [LOGGED_OUT, API_KEY].map((one) => loginNeeded(one).suggestions[0]);
    assert.deepEqual(first, [
      'Log in: cao add out',
      'key works without the gateway: leave --gateway out, or say --no-gateway',
    ]);
  });

  /** Each look shows the next of these. */
  const giveUp = (
    looks: Candidate[][],
    resume: ResumeLine | null,
    more: Partial<StandstillOptions> = {},
  ): Promise<void> => {
    let at = 0;
    return waitOrGiveUp(() => Promise.resolve(looks[Math.min(at++, looks.length - 1)] ?? []), resume, {
      fallback: true,
      again: (flag) => `cao run ${flag} -- exec hi`,
      describeReset: ({name, atMs}) => `First: ${name} at ${atMs}.`,
      ...more,
    });
  };
  const waits = (...ends: Waited[]) => {
    const until: number[] = [];
    return {
      until,
      waitFor: ({atMs}: {atMs: number}) => {
        until.push(atMs);
        return Promise.resolve(ends.shift() ?? 'too-long');
      },
    };
  };

  it('speaks of the one account that there is without a fallback', async () => {
    await assert.rejects(giveUp([[SOON]], null, {fallback: false}), {
      code: 'all_accounts_out',
      message: 'soon is out of quota. First: soon at 1000.',
      suggestions: [
        'Wait for it: cao run --wait -- exec hi',
        'Or let another account take over: leave --no-fallback out',
      ],
    });
  });

  it('goes on when an account came free in time', async () => {
    await giveUp([[SOON]], null, waits('free'));
  });

  it('waits for the next reset when the first has brought nothing back', async () => {
    const {until, waitFor} = waits('none-free', 'free');
    await giveUp([[SOON, LATER], [LATER]], null, {waitFor});
    assert.deepEqual(until, [1000, 2000]);
  });

  for (const [what, more] of [
    ['without a wait', {}],
    ['when the backend says that all are still out', {askBackend: () => Promise.resolve(true)}],
  ] as const) {
    it(`ends with 75 and the earliest reset ${what}`, async () => {
      await assert.rejects(giveUp([[LATER, SOON]], null, more), {
        code: 'all_accounts_out',
        exit: 75,
        message: 'Every account is out of quota. First: soon at 1000.',
        suggestions: ['Wait for it: cao run --wait -- exec hi', 'Or add another account: cao add NAME'],
      });
    });
  }

  it('ends at once with 75 where the reset is further away than the wait may last', async () => {
    const {until, waitFor} = waits('none-free', 'too-long');
    await assert.rejects(giveUp([[SOON, LATER], [LATER]], null, {waitFor}), {
      exit: 75,
      message: 'Every account is out of quota. First: later at 2000. That is beyond --wait.',
      suggestions: ['Wait for it: cao run --wait=1h -- exec hi', 'Or add another account: cao add NAME'],
    });
    assert.deepEqual(until, [1000, 2000]);
  });

  it('names an account that is only reserved', async () => {
    const team = candidate('team', {state: 'reserved', untilMs: 3000});
    await assert.rejects(giveUp([[SOON, team]], null), {
      message: 'Every account is out of quota or reserved. First: soon at 1000.',
      suggestions: [
        'team is reserved. Use it all the same: cao run --account=team -- exec hi',
        'Wait for it: cao run --wait -- exec hi',
        'Or add another account: cao add NAME',
      ],
    });
  });

  it('goes on at once with what the backend says has come back', async () => {
    await giveUp([[SOON], [READY]], null, {askBackend: () => Promise.resolve(true), ...waits()});
  });

  it('does not go on with what the backend says is used up', async () => {
    const used = candidate('used', {state: 'used-up', untilMs: 500});
    await assert.rejects(giveUp([[SOON], [used]], null, {askBackend: () => Promise.resolve(true)}), {
      message: 'Every account is out of quota. First: used at 500.',
    });
  });

  it('offers to go on with the thread that has begun', async () => {
    await assert.rejects(
      giveUp([[SOON]], (...flags) => ['cao resume', ID, ...flags].join(' ')),
      {
        suggestions: [
          `Continue the thread later: cao resume ${ID}`,
          `Or wait for it: cao resume ${ID} --wait`,
          'Or add another account: cao add NAME',
        ],
      },
    );
  });

  it('does not wait for accounts that only a login brings back', async () => {
    await assert.rejects(giveUp([[LOGGED_OUT, DEAD]], null, waits('free')), {
      code: 'no_usable_account',
      exit: 1,
      suggestions: ['Log in: cao add out', 'Log in: cao add dead'],
    });
  });
});
