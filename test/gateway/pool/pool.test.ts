import assert from 'node:assert/strict';

import {readHistory} from '../../../src/accounts/store/history.js';
import {usageOf} from '../../../src/accounts/store/usage-store.js';
import {quota, writeSimulatedHome} from '../../../src/simulator/index.js';
import {type GatewayWorld, createGatewayWorld, outputOf, say} from '../../support/gateway.js';
import {until} from '../../support/until.js';
import {recordQuota, recordVerdict} from '../../support/ends.js';

const hour = 3600;
const windows = (
  usedPercent: number,
  inSeconds: number,
): {primary: {usedPercent: number; windowMinutes: number; resetAt: number}} => ({
  primary: {usedPercent, windowMinutes: 300, resetAt: Math.floor(Date.now() / 1000) + inSeconds},
});

describe('the choice of an account', () => {
  let world: GatewayWorld;
  afterEach(() => world.close());

  /** Makes the gateway see the windows of both accounts. */
  const meetBoth = async (): Promise<void> => {
    for (const name of ['a', 'b']) {
      const headers = {authorization: `Bearer ${world.secret}`, 'thread-id': `meet-${name}`};
      await world.sandbox.store.setDefault(name);
      await world.gateway.close({drainMs: 0});
      world.gateway = await world.startGateway();
      await outputOf(await world.post(say('hi'), headers));
    }
  };

  it('is by what is left with most-remaining', async () => {
    world = await createGatewayWorld({
      simulator: {
        accounts: [
          {name: 'a', windows: windows(60, hour)},
          {name: 'b', windows: windows(20, hour)},
        ],
      },
      gateway: {strategy: 'most-remaining'},
    });
    await outputOf(await world.post(say('hi'), {'thread-id': 't1'}));
    await outputOf(await world.post(say('hi'), {'thread-id': 't2'}));
    await outputOf(await world.post(say('hi'), {'thread-id': 't3'}));
    assert.deepEqual(world.asked, ['a', 'b', 'b']);
  });

  it('is by what is lost first with soonest-reset', async () => {
    world = await createGatewayWorld({
      simulator: {
        accounts: [
          {name: 'a', windows: windows(60, 5 * hour)},
          {name: 'b', windows: windows(20, hour)},
        ],
      },
      gateway: {strategy: 'soonest-reset'},
    });
    await outputOf(await world.post(say('hi'), {'thread-id': 't1'}));
    await outputOf(await world.post(say('hi'), {'thread-id': 't2'}));
    assert.deepEqual(world.asked, ['a', 'a']);
  });

  describe('where their lists of models differ', () => {
    const listOf = async (name: string, encoding = 'identity'): Promise<Response> => {
      await world.sandbox.store.setDefault(name);
      const answer = await fetch(`${world.gateway.url}/v1/models?client_version=0.169.0`, {
        headers: {authorization: `Bearer ${world.secret}`, 'accept-encoding': encoding},
      });
      assert.equal(answer.status, 200);
      return answer;
    };
    const models = (response: Response): Promise<string[]> =>
      response.json().then((body) => (body as {models: {slug: string}[]}).models.map(({slug}) => slug));
    const ask = async (model: string, thread: string): Promise<void> => {
      await outputOf(await world.post(say('hi', {model}), {'thread-id': thread}));
    };

    beforeEach(async () => {
      world = await createGatewayWorld({
        simulator: {
          accounts: [
            {name: 'a', listedModels: ['gpt-5.5']},
            {name: 'b', listedModels: ['gpt-5.5', 'gpt-6-luna']},
          ],
        },
      });
      assert.deepEqual(await models(await listOf('b')), ['gpt-6-luna', 'gpt-5.5']);
      assert.deepEqual(await models(await listOf('a')), ['gpt-5.5']);
    });

    it('is the one that is offered the model, for new threads', async () => {
      await ask('gpt-6-luna', 't1');
      await ask('gpt-5.5', 't2');
      await ask('gpt-6.1-sol', 't3');
      assert.deepEqual(world.asked, ['b', 'a', 'a']);
    });

    it('is the thread’s own all the same, and another that is not offered it where there is no other', async () => {
      await ask('gpt-5.5', 't1');
      await ask('gpt-6-luna', 't1');
      world.simulator.account('b').fail(quota());
      await ask('gpt-6-luna', 't2');
      assert.deepEqual(world.asked, ['a', 'a', 'b', 'a']);
    });
  });

  it('leaves the reserved share of an account alone', async () => {
    world = await createGatewayWorld({
      simulator: {accounts: [{name: 'a', windows: windows(79.5, hour)}, {name: 'b'}]},
      config: {reserve: {a: 20}},
    });
    await outputOf(await world.post(say('hi'), {'thread-id': 't1'}));
    await outputOf(await world.post(say('hi'), {'thread-id': 't1'}));
    assert.deepEqual(world.asked, ['a', 'b']);
  });

  it('picks up accounts that are added, removed and switched while it runs', async () => {
    world = await createGatewayWorld({accounts: ['a', 'b']});
    await world.sandbox.store.setDefault('b');
    const asksB = async (): Promise<boolean> => {
      await outputOf(await world.post(say('hi')));
      return world.asked.at(-1) === 'b';
    };
    await until(asksB, 'the new default to be used');
    await world.sandbox.store.remove('b', {keepFiles: false});
    const asksA = async (): Promise<boolean> => !(await asksB());
    await until(asksA, 'the removed account to be left');
  });

  it('honours a cooldown that another process wrote', async () => {
    world = await createGatewayWorld();
    const untilMs = Date.now() + 60_000;
    await recordQuota(world.sandbox.store, 'a', {untilMs});
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['b']);
  });

  it('remembers threads over a restart', async () => {
    world = await createGatewayWorld();
    await meetBoth();
    await world.gateway.close({drainMs: 0});
    await world.sandbox.store.setDefault('a');
    world.gateway = await world.startGateway();
    await outputOf(await world.post(say('hi'), {'thread-id': 'meet-b'}));
    assert.equal(world.asked.at(-1), 'b');
  });

  it('remembers over a restart which model is out where', async () => {
    world = await createGatewayWorld();
    const answer = quota({limit: {id: 'luna', name: 'GPT Luna'}});
    world.simulator.account('a').fail(answer, {
      times: 1,
      when: (request) => (request.body as {model: string}).model === 'gpt-6-luna',
    });
    await outputOf(await world.post(say('hi', {model: 'gpt-6-luna'})));
    await world.gateway.close({drainMs: 0});
    world.gateway = await world.startGateway();
    await outputOf(await world.post(say('hi', {model: 'gpt-6-luna'}), {'thread-id': 'new'}));
    await outputOf(await world.post(say('hi', {model: 'gpt-5.5'}), {'thread-id': 'other'}));
    assert.deepEqual(world.asked, ['a', 'b', 'b', 'a']);
  });

  it('knows at its start what the last one, or a poll, has learned of usage', async () => {
    world = await createGatewayWorld();
    const resetsAtMs = Date.now() + 60_000;
    const full = {limitId: 'codex', usedPercent: 100, windowMinutes: 300, resetsAtMs};
    await world.sandbox.store.usage.record([
      {account: 'a', windows: [full], source: 'live', atMs: Date.now()},
    ]);
    await outputOf(await world.post(say('hi')));
    await world.sandbox.store.usage.record([
      {account: 'a', windows: [{...full, usedPercent: 3}], source: 'live', atMs: Date.now()},
    ]);
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['b', 'a']);
  });

  it('takes an account whose login was written after it had been refused', async () => {
    world = await createGatewayWorld();
    await recordVerdict(world.sandbox.store, 'a', {kind: 'auth', reason: 'token_revoked'});
    await outputOf(await world.post(say('hi')));
    await writeSimulatedHome(world.sandbox.accountHome('a'), world.simulator, 'a');
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['b', 'a']);
  });

  it('keeps what responses say of usage, and every switch, for status and report', async () => {
    world = await createGatewayWorld();
    await outputOf(await world.post(say('hi'), {'thread-id': 'moves'}));
    world.simulator.account('a').fail(quota());
    await outputOf(await world.post(say('again'), {'thread-id': 'moves'}));
    await world.gateway.close({drainMs: 0});

    const usage = usageOf(await world.sandbox.store.usage.read(), 'b');
    const told = usage.windows.map(({windowMinutes, source}) => `${source} ${windowMinutes}`);
    assert.deepEqual(told.sort(), ['gateway 10080', 'gateway 300']);
    const switches = (await readHistory(world.sandbox.store.folder, 0)).filter(({kind}) => kind === 'switch');
    assert.deepEqual(
      switches.map((entry) => ({...entry, atMs: 0})),
      [{kind: 'switch', atMs: 0, from: 'a', to: 'b', reason: 'usage_limit_reached', by: 'gateway'}],
    );
  });
});
