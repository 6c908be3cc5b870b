import assert from 'node:assert/strict';
import {appendFile, readFile} from 'node:fs/promises';

import {findRollout} from '../../src/codex/threads/rollout-files.js';
import {
  atTheEnd,
  invalidEncryptedContent,
  quota,
  quotaInWords,
  sealContent,
  type Place,
  type RecordedRequest,
} from '../../src/simulator/index.js';
import {threadOf} from '../support/codex-output.js';
import {type GatewayWorld, type GatewayWorldOptions, createGatewayWorld} from '../support/gateway.js';
import {until} from '../support/until.js';
import {World} from '../support/world.js';

const SOL = 'gpt-6.1-sol';
const OLD = 'gpt-5.5';
const HOUR_MS = 3_600_000;

type Item = Record<string, unknown>;

/** What a turn with sub-agents leaves in a thread, sealed for an account: a call, its output, and a message. */
function sealedItems(account: string): Item[] {
  const sealed = (): string =>
    sealContent({account, kind: 'reasoning', responseId: 'resp_0', toolOutputs: []});
  return [
    {
      type: 'function_call',
      id: 'fc_0',
      call_id: 'call_0',
      name: 'send_message',
      namespace: 'collaboration',
      arguments: JSON.stringify({target: '/root/x', message: sealed()}),
      encrypted_function_args: ['message'],
    },
    {
      type: 'function_call_output',
      id: 'fco_0',
      call_id: 'call_0',
      output: [{type: 'encrypted_content', encrypted_content: sealed()}],
    },
    {
      type: 'agent_message',
      id: 'amsg_0',
      author: '/root/x',
      recipient: '/root',
      content: [
        {type: 'input_text', text: 'Message Type: MESSAGE'},
        {type: 'encrypted_content', encrypted_content: sealed()},
      ],
    },
  ];
}

/** Adds items to a thread of a home, as Codex would. */
async function addToThread(home: string, thread: string, items: readonly Item[]): Promise<void> {
  const rollout = (await findRollout(home, thread))?.path ?? '';
  const lines = (await readFile(rollout, 'utf8')).trimEnd().split('\n');
  const {ordinal} = JSON.parse(lines.at(-1) ?? '') as {ordinal: number};
  const timestamp = new Date().toISOString();
  const added = items.map((payload, n) =>
    JSON.stringify({timestamp, ordinal: ordinal + 1 + n, type: 'response_item', payload}),
  );
  await appendFile(rollout, `${added.join('\n')}\n`);
}

const inputOf = ({body}: RecordedRequest): Item[] => (body as {input: Item[]}).input;

/** The newest request for an answer, with all of its conversation. */
function lastAsked(world: World): RecordedRequest {
  const request = world.simulator.requests.filter(({route}) => route === 'responses').at(-1);
  assert.ok(request);
  return request;
}

function assertReadable(request: RecordedRequest): void {
  const input = inputOf(request);
  const rest = input.filter((item) => item['type'] !== 'additional_tools');
  assert.doesNotMatch(JSON.stringify(rest), /encrypted_content":"|encrypted_function_args/);
  const ids = (types: RegExp): unknown[] =>
    input.filter((item) => types.test(String(item['type']))).map((item) => item['call_id']);
  assert.deepEqual(ids(/_call$/), ids(/_call_output$/));
  assert.ok(ids(/_call$/).includes('call_0'));
  assert.match(JSON.stringify(rest), /not readable here/);
}

for (const webSocket of [true, false]) {
  describe(`turns that go wrong, with the real codex through the gateway, ${webSocket ? 'WebSocket' : 'HTTP'}`, () => {
    let world: GatewayWorld;

    const start = async (options: GatewayWorldOptions = {}): Promise<void> => {
      world = await createGatewayWorld(options);
      world.simulator.setWebSocket(webSocket);
    };
    afterEach(() => world.close());

    const done = async (args: string[], said: string): Promise<string> => {
      const {exitCode, stdout, stderr} = await world.execThrough(...args);
      assert.equal(exitCode, 0, stderr);
      assert.equal(stdout, `${said}\n`);
      assert.doesNotMatch(stderr, /ERROR: |usage limit|Reconnecting/i);
      return stderr;
    };
    const cooldown = async (name: string, untilMs: number): Promise<void> => {
      const onDisk = async (): Promise<number> =>
        (await world.sandbox.store.account(name)).status.cooldownUntilMs ?? 0;
      await until(async () => (await onDisk()) > 0, 'a cooldown on disk');
      assert.ok(Math.abs((await onDisk()) - untilMs) < 90_000, new Date(await onDisk()).toISOString());
    };

    it('leave out all that only the old account can read when the thread moves', async () => {
      await start();
      const thread = threadOf(await done(['say: one'], 'one'));
      await addToThread(world.sandbox.accountHome('a'), thread, sealedItems('a'));
      await done(['resume', thread, 'say: two'], 'two');
      assert.match(JSON.stringify(inputOf(lastAsked(world))), /encrypted_function_args/);
      world.simulator.account('a').fail(quota());
      await done(['resume', thread, 'say: three'], 'three');
      assert.deepEqual(world.answered, ['a', 'a', 'b']);
      assertReadable(lastAsked(world));
    });

    it('are asked once more without it where the refusal has another code, and comes after a 200', async () => {
      await start();
      const refusal = invalidEncryptedContent('gAAAA-x', 'invalid_request_error');
      world.simulator
        .account('a')
        .fail(atTheEnd(refusal, 'response.failed'), {at: 'created', times: 1, from: 2});
      await done(['shell: echo step1'], 'Done: step1');
      assert.deepEqual(world.asked, ['a', 'a', 'a']);
      assert.doesNotMatch(JSON.stringify(inputOf(lastAsked(world))), /encrypted_content":"/);
    });

    it('go to an account that has the model, at once the next time', async () => {
      await start({simulator: {accounts: [{name: 'a', models: [OLD]}, {name: 'b'}]}});
      await done(['-m', SOL, 'say: one'], 'one');
      await done(['-m', SOL, 'say: two'], 'two');
      await done(['-m', OLD, 'say: three'], 'three');
      assert.deepEqual(world.asked, ['a', 'b', 'b', 'a']);
    });

    it('show what the backend says where no account has the model', async () => {
      await start({simulator: {accounts: ['a', 'b'].map((name) => ({name, models: [OLD]}))}});
      for (const asked of [
        ['a', 'b'],
        ['a', 'b', 'a'],
      ]) {
        const {exitCode, stderr} = await world.execThrough('-m', SOL, 'hi');
        assert.equal(exitCode, 1);
        assert.match(stderr, /'gpt-6\.1-sol' model is not supported when using Codex with a ChatGPT account/);
        assert.deepEqual(world.asked, asked);
      }
    });

    it('leave an account to its other models while another limit than the main one is out, also after a restart', async () => {
      await start();
      const isSol = ({body}: RecordedRequest): boolean => (body as {model?: string}).model === SOL;
      const limit = {id: 'premium', name: 'Premium'};
      world.simulator.account('a').fail(quota({limit, inPlace: true}), {when: isSol});
      await done(['-m', SOL, 'say: one'], 'one');
      await world.gateway.close({drainMs: 0});
      world.gateway = await world.startGateway();
      await done(['-m', SOL, 'say: two'], 'two');
      await done(['-m', OLD, 'say: three'], 'three');
      assert.deepEqual(world.asked, ['a', 'b', 'b', 'a']);
      const {windows} = (await world.sandbox.store.usage.read()).accounts['a'] ?? {windows: []};
      const full = windows.filter(({usedPercent}) => usedPercent === 100).map(({limitId}) => limitId);
      assert.deepEqual(full, ['premium']);
    });

    it('rest an account until the time that a quota is told in words', async () => {
      await start();
      const backMs = Math.floor(Date.now() / 60_000) * 60_000 + 3 * 24 * HOUR_MS;
      const back = new Date(backMs);
      const day = back.toLocaleDateString('en-US', {month: 'short', day: 'numeric', year: 'numeric'});
      const time = back.toLocaleTimeString('en-US', {hour: 'numeric', minute: '2-digit'});
      world.simulator.account('a').fail(quotaInWords(`at ${day} ${time}`));
      await done(['say: fine'], 'fine');
      assert.deepEqual(world.asked, ['a', 'b']);
      await cooldown('a', backMs);
    });

    for (const at of ['created', 'end'] as Place[]) {
      it(`go on where a response ends incomplete for a quota, ${at === 'end' ? 'after all output' : 'before any'}`, async () => {
        await start();
        const {gateway, simulator} = world;
        assert.ok(gateway);
        simulator.account('a').extraEvents = [{type: 'codex.tomorrow', of: 'a'}];
        simulator.account('a').fail(atTheEnd(quota({resetsInSeconds: 7200})), {from: 2, at});
        const {exitCode, stdout, stderr} = await world.execThrough('shell: echo step1\nshell: echo step2');
        assert.equal(exitCode, 0, stderr);
        assert.equal(stdout, 'Done: step2\n');
        await cooldown('a', Date.now() + 2 * HOUR_MS);
        assert.equal(world.answered.at(-1), 'b');
      });
    }
  });
}

describe('turns that go wrong, with the real codex in cao run', () => {
  let world: World;
  afterEach(() => world.close());

  it('go to the next account without anything that only the first can read', async () => {
    world = await World.create('alpha', 'beta');
    const home = world.sandbox.accountHome('alpha');
    const first = await world.exec(['say: one']);
    const thread = threadOf(first.stderr);
    await addToThread(home, thread, sealedItems('alpha'));
    world.simulator.account('alpha').fail(quota());
    const {exitCode, stdout, stderr} = await world.exec(['resume', thread, 'say: two']);
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout, 'two\n');
    assert.deepEqual(world.answered, ['alpha', 'beta']);
    assertReadable(lastAsked(world));
  });

  it('go to an account that has the model, and end as the backend says where none has', async () => {
    world = await World.create({name: 'alpha', models: [OLD]}, {name: 'beta', models: [OLD, SOL]});
    const first = await world.exec(['-m', SOL, 'say: one']);
    assert.equal(first.exitCode, 0, first.stderr);
    assert.match(first.stderr, /alpha does not have the model gpt-6\.1-sol\. Falling back to: beta/);
    assert.equal((await world.exec(['-m', SOL, 'say: two'])).exitCode, 0);
    assert.equal((await world.exec(['-c', `model="${SOL}"`, 'say: three'])).exitCode, 0);
    assert.deepEqual(world.asked, ['alpha', 'beta', 'beta', 'beta']);

    const none = await world.exec(['-m', 'gpt-6-luna', 'hi']);
    assert.equal(none.exitCode, 1);
    assert.match(
      none.stderr,
      /model is not supported[\s\S]*No account that can be used has the model gpt-6-luna\./,
    );
    assert.deepEqual(world.asked.slice(4), ['alpha', 'beta']);
    const [alpha] = await world.sandbox.store.accounts();
    assert.equal(alpha?.status.cooldownUntilMs, null);
  });

  it('begin on the account that is offered the model, and use what lists leave out where there is no other', async () => {
    world = await World.create({name: 'alpha', listedModels: [OLD]}, {name: 'beta', models: [OLD, SOL]});
    const live = await world.cao(['status', '--live', '--json']);
    assert.equal(live.exitCode, 0, live.stderr);
    assert.equal((await world.exec(['-m', SOL, 'say: one'])).exitCode, 0);
    assert.equal((await world.exec(['-m', OLD, 'say: two'])).exitCode, 0);
    world.simulator.account('beta').fail(quota());
    const moved = await world.exec(['-m', SOL, 'say: three']);
    assert.equal(moved.exitCode, 0, moved.stderr);
    assert.deepEqual(world.asked, ['beta', 'alpha', 'beta', 'alpha']);
    assert.deepEqual((await world.sandbox.store.usage.read()).accounts['alpha']?.models?.names, [OLD]);
  });

  it('rest a limit of another family until the time that Codex words in the zone of its own environment', async () => {
    world = await World.create('alpha', 'beta');
    const resetsAt = Math.floor(Date.now() / 60_000) * 60 + 3 * 3600;
    const limit = {id: 'premium', name: 'Premium'};
    world.simulator.account('alpha').fail(quota({limit, inPlace: true, resetsAt}));
    await appendFile(`${world.sandbox.accountHome('alpha')}/.env`, 'TZ=Asia/Tokyo\n');
    const {exitCode, stderr} = await world.exec(['say: fine'], {env: {TZ: 'America/New_York'}});
    assert.equal(exitCode, 0, stderr);
    const {status} = await world.sandbox.store.account('alpha');
    assert.deepEqual(status.modelCooldowns, {premium: resetsAt * 1000});
    assert.deepEqual(status.modelLimits, {[SOL]: 'premium'});
    assert.equal(status.cooldownUntilMs, null);
  });
});
