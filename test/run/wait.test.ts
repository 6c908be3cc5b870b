import assert from 'node:assert/strict';

import {afterLogin} from '../../src/accounts/data/status-file.js';
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

  for (const {what, cooldownMs, untilMs, free} of [
    {what: 'a reset in time', cooldownMs: 40, untilMs: 40, free: true},
    {what: 'a reset that was put off meanwhile', cooldownMs: FAR_MS, untilMs: 20, free: false},
    {what: 'a reset that has come', cooldownMs: -1, untilMs: -1, free: true},
  ]) {
    it(`ends ${free ? 'well' : 'in vain'}: ${what}`, async () => {
      const atMs = Date.now() + untilMs;
      await coolDown(Date.now() + cooldownMs);
      assert.equal(await waitForAccount({untilMs: atMs, isFree, onTick: () => undefined}), free);
      assert.ok(Date.now() >= atMs);
    });
  }

  it('ends as soon as another process has freed an account', async () => {
    const untilMs = Date.now() + FAR_MS;
    await coolDown(untilMs);
    let ticks = 0;
    const free = await waitForAccount({
      isFree,
      untilMs,
      lookAgainMs: 5,
      onTick: (remainingMs) => {
        assert.ok(remainingMs > 0 && remainingMs <= FAR_MS);
        ticks += 1;
        if (ticks === 2) void sandbox.store.status.update(['alpha'], afterLogin);
      },
    });
    assert.ok(free);
    assert.ok(Date.now() < untilMs && ticks >= 2);
  });
});
