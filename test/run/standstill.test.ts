import assert from 'node:assert/strict';

import type {Candidate} from '../../src/accounts/standings.js';
import {traitsOf} from '../../src/codex/login/login-kind.js';
import {announceSkipped, waitOrGiveUp} from '../../src/run/standstill.js';
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
      'Skipping out: not logged in. Log in: cao add out',
      'Skipping dead: account_deleted. Bring it back with a new login: cao add dead',
      'Skipping key: not for the gateway: an API key is for another address than subscriptions.',
    ]);
  });

  const giveUp = (all: Candidate[], threadId: string | null, waited?: boolean, fallback = true) =>
    waitOrGiveUp(
      all,
      threadId,
      {
        fallback,
        describeReset: ({name, atMs}) => `First: ${name} at ${atMs}.`,
        ...(waited === undefined ? {} : {waitFor: () => Promise.resolve(waited)}),
      },
      () => Promise.resolve(false),
    );

  it('speaks of the one account that there is without a fallback', async () => {
    await assert.rejects(giveUp([SOON], null, undefined, false), {
      code: 'all_accounts_out',
      message: 'soon is out of quota. First: soon at 1000.',
      suggestions: [
        'Wait for it: cao run --wait -- …',
        'Or let another account take over: leave --no-fallback out',
      ],
    });
  });

  it('goes on when an account came free in time', async () => {
    await giveUp([SOON], null, true);
  });

  for (const [what, waited] of [
    ['without a wait', undefined],
    ['when the wait was in vain', false],
  ] as const) {
    it(`ends with 75 and the earliest reset ${what}`, async () => {
      await assert.rejects(giveUp([LATER, SOON], null, waited), {
        code: 'all_accounts_out',
        exit: 75,
        message: 'Every account is out of quota. First: soon at 1000.',
        suggestions: ['Wait for it: cao run --wait -- …', 'Or add another account: cao add NAME'],
      });
    });
  }

  it('offers to go on with the thread that has begun', async () => {
    await assert.rejects(giveUp([SOON], ID), {
      suggestions: [
        `Continue the thread later: cao resume ${ID}`,
        `Or wait for it: cao resume ${ID} --wait`,
        'Or add another account: cao add NAME',
      ],
    });
  });

  it('does not wait for accounts that only a login brings back', async () => {
    await assert.rejects(giveUp([LOGGED_OUT, DEAD], null, true), {
      code: 'no_usable_account',
      exit: 1,
      suggestions: ['Log in: cao add out', 'Log in: cao add dead'],
    });
  });
});
