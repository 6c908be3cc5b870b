import assert from 'node:assert/strict';

import type {AccountReport} from '../../src/contract/index.js';
import {quota} from '../../src/simulator/index.js';
import {createGatewayWorld} from '../support/gateway.js';
import {World} from '../support/world.js';

const DAY_SECONDS = 86_400;
const inDays = (days: number): number => Math.floor(Date.now() / 1000) + days * DAY_SECONDS;
const weeklyOut = (days: number) => quota({window: 'secondary', resetsAt: inDays(days)});

/** `cao status --live --force --json`: the state and the fullest window of each account. */
async function asked(world: World): Promise<[state: string, usedPercent: number | undefined][]> {
  const {stdout, stderr, exitCode} = await world.cao(['status', '--live', '--force', '--json']);
  assert.equal(exitCode, 0, stderr);
  return (JSON.parse(stdout) as AccountReport[]).map(({state, usage}) => [
    state,
    usage?.binding?.usedPercent,
  ]);
}

describe('limits with the real Codex', function () {
  this.timeout(90_000);

  let world: World;

  afterEach(() => world.close());

  /** The backend starts an account's windows over, days before it said it would. */
  const resetEarly = (name: string): void => world.simulator.account(name).reset();

  describe('that start over early', () => {
    it('are shown and used as soon as the backend says so', async () => {
      world = await World.create('alpha');
      world.simulator.account('alpha').fail(weeklyOut(5));
      assert.equal((await world.exec(['hi'])).exitCode, 75);
      assert.deepEqual(await asked(world), [['cooldown', 100]]);
      resetEarly('alpha');
      assert.deepEqual(await asked(world), [['ready', 0]]);
      const result = await world.exec(['say: back again']);
      assert.equal(result.stdout, 'back again\n', result.stderr);
    });

    for (const [how, flags] of [
      ['directly', []],
      ['through a gateway', ['--gateway']],
    ] as const) {
      it(`are asked for by a run before it gives up, ${how}`, async () => {
        world = await World.create('alpha', 'beta');
        await world.leaveGatewayToRuns();
        for (const name of ['alpha', 'beta']) world.simulator.account(name).fail(weeklyOut(5));
        const first = await world.exec(['hi'], {flags: [...flags]});
        assert.equal(first.exitCode, 75, first.stderr);
        resetEarly('beta');
        const result = await world.exec(['say: beta is back'], {flags: [...flags]});
        assert.equal(result.exitCode, 0, result.stderr);
        assert.equal(result.stdout, 'beta is back\n');
        assert.match(result.stderr, /Asking the backend whether that still holds/);
        assert.equal(world.answered.at(-1), 'beta');
        const usage = world.simulator.requests.filter(({route}) => route === 'usage');
        assert.deepEqual(usage.map(({account}) => account).sort(), ['alpha', 'beta']);
      });
    }

    it('are used by a gateway that runs when another process has learned of it', async () => {
      const gateway = await createGatewayWorld();
      world = gateway;
      for (const name of ['a', 'b']) world.simulator.account(name).fail(weeklyOut(5));
      assert.equal((await gateway.execThrough('hi')).exitCode, 1);
      resetEarly('b');
      await gateway.gateway.close({drainMs: 0});
      gateway.gateway = await gateway.startGateway();
      assert.deepEqual(await asked(world), [
        ['cooldown', 100],
        ['ready', 0],
      ]);
      const result = await gateway.execThrough('say: b is back');
      assert.equal(result.stdout, 'b is back\n', result.stderr);
      assert.equal(world.answered.at(-1), 'b');
    });
  });

  describe('beyond which credits go on', () => {
    const onCredits = (name: string): void => {
      const {usage} = world.simulator.account(name);
      usage.windows.primary = {usedPercent: 100, windowMinutes: 300, resetAt: inDays(0.1)};
      usage.credits = {hasCredits: true, unlimited: false, balance: '25'};
    };

    it('spend them only where no other account has quota', async () => {
      world = await World.create('alpha', 'beta');
      onCredits('alpha');
      await asked(world);
      assert.equal((await world.exec(['say: one'])).exitCode, 0);
      assert.deepEqual(world.answered, ['beta']);
      world.simulator.account('beta').fail(weeklyOut(5));
      const result = await world.exec(['say: two']);
      assert.equal(result.exitCode, 0, result.stderr);
      assert.deepEqual(world.answered, ['beta', 'alpha']);
    });

    it('move a thread to an account with quota, inside the gateway', async () => {
      const gateway = await createGatewayWorld();
      world = gateway;
      assert.equal((await gateway.execThrough('say: one')).exitCode, 0);
      onCredits('a');
      // The connection that is opened to a tells of it before the turn.
      const second = await gateway.execThrough('resume', '--last', 'say: two');
      assert.equal(second.stdout, 'two\n', second.stderr);
      assert.deepEqual(world.answered, ['a', 'b']);
    });
  });

  it('of a business plan are its budget, which rests one member alone', async () => {
    const windows = {primary: null, secondary: null};
    world = await World.create(
      {name: 'alpha', workspaceId: 'firm', windows},
      {name: 'beta', workspaceId: 'firm', windows},
    );
    const budget = {limit: 12_000, used: 3120.5, resetAt: inDays(9)};
    for (const name of ['alpha', 'beta']) {
      const {usage} = world.simulator.account(name);
      // Not in the tokens: Codex would ask for policies of the business first.
      usage.plan = 'business';
      usage.budget = {...budget};
    }
    assert.deepEqual(await asked(world), [
      ['ready', 26],
      ['ready', 26],
    ]);
    world.simulator.account('alpha').usage.budget = {...budget, used: 12_000};
    assert.deepEqual(await asked(world), [
      ['used-up', 100],
      ['ready', 26],
    ]);
    const result = await world.exec(['say: from beta']);
    assert.equal(result.exitCode, 0, result.stderr);
    assert.deepEqual(world.answered, ['beta']);
  });
});
