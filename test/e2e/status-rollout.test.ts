import assert from 'node:assert/strict';

import type {AccountReport} from '../../src/contract/index.js';
import {World} from '../support/world.js';

describe('cao status after the real Codex has worked', function () {
  this.timeout(120_000);
  let world: World;

  beforeEach(async () => {
    const resetAt = Math.floor(Date.now() / 1000) + 3600;
    world = await World.create({
      name: 'work',
      windows: {primary: {usedPercent: 64, windowMinutes: 300, resetAt}},
    });
  });
  afterEach(() => world.close());

  it('shows what Codex wrote of the windows, without asking anybody', async () => {
    const {exitCode, stderr} = await world.exec(['Say hello.']);
    assert.equal(exitCode, 0, stderr);
    const before = world.simulator.requests.length;
    const {stdout} = await world.cao(['status', '--json']);
    const [work] = JSON.parse(stdout) as AccountReport[];
    const usage = work!.usage;
    assert.ok(usage, 'no usage');
    assert.equal(usage.source, 'rollout');
    assert.ok(
      usage.windows.some(({windowMinutes, usedPercent}) => windowMinutes === 300 && usedPercent >= 64),
    );
    assert.equal(world.simulator.requests.length, before);
  });
});
