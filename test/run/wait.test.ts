import assert from 'node:assert/strict';

import {usable} from '../../src/accounts/state/choice.js';
import {candidates} from '../../src/run/candidates.js';
import {ModelLimits} from '../../src/run/model-limits.js';
import {waitForAccount} from '../../src/run/wait.js';
import {registerAccounts} from '../support/accounts.js';
import {Sandbox} from '../support/sandbox.js';

const FAR_MS = 60_000;

describe('waiting for an account', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['alpha']);
  });
  afterEach(() => sandbox.remove());

  const coolDown = (untilMs: number) =>
    sandbox.store.status.update(['alpha'], (status) => ({...status, cooldownUntilMs: untilMs}));
  const asked = {limits: new ModelLimits(), loginUser: 'codex'} as const;
  const isFree = async () => usable(await candidates(sandbox.store, {fallback: true}, asked)).length > 0;

  for (const {what, cooldownMs, untilMs, deadlineMs, free} of [
    {what: 'a reset in time', cooldownMs: 40, untilMs: 40, deadlineMs: FAR_MS, free: true},
    {what: 'a reset after the deadline', cooldownMs: FAR_MS, untilMs: FAR_MS, deadlineMs: 20, free: false},
    {
      what: 'a reset that was put off meanwhile',
      cooldownMs: FAR_MS,
      untilMs: 20,
      deadlineMs: FAR_MS,
      free: false,
    },
    {what: 'a reset that has come', cooldownMs: -1, untilMs: -1, deadlineMs: FAR_MS, free: true},
    {what: 'no time at all', cooldownMs: FAR_MS, untilMs: FAR_MS, deadlineMs: 0, free: false},
  ]) {
    it(`${free ? 'ends well' : 'ends in vain'}: ${what}`, async () => {
      const nowMs = Date.now();
      await coolDown(nowMs + cooldownMs);
      const until = {untilMs: nowMs + untilMs, deadlineMs: nowMs + deadlineMs};
      assert.equal(await waitForAccount({...until, isFree, onTick: () => undefined}), free);
      assert.ok(Date.now() >= Math.min(until.untilMs, until.deadlineMs));
    });
  }

  it('ends as soon as another process has freed an account', async () => {
    const untilMs = Date.now() + FAR_MS;
    await coolDown(untilMs);
    let ticks = 0;
    const free = await waitForAccount({
      isFree,
      untilMs,
      deadlineMs: untilMs,
      lookAgainMs: 5,
      onTick: (remainingMs) => {
        assert.ok(remainingMs > 0 && remainingMs <= FAR_MS);
        ticks += 1;
        if (ticks === 2) void sandbox.store.status.recordLogin('alpha');
      },
    });
    assert.ok(free);
    assert.ok(Date.now() < untilMs && ticks >= 2);
  });
});
