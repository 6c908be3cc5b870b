import assert from 'node:assert/strict';
import {once} from 'node:events';
import {join} from 'node:path';

import WebSocket from 'ws';

import {atTheEnd, overloaded, quota} from '../../../src/simulator/index.js';
import {type GatewayWorld, createGatewayWorld, say} from '../../support/gateway.js';
import {readJson} from '../../support/files.js';
import {until} from '../../support/until.js';

const SUBAGENT_TURN = join(import.meta.dirname, '../../fixtures/cases/subagent-turn.json');

type Frame = Record<string, unknown> & {type: string};

/** A client that keeps what it is sent. */
class Client {
  readonly frames: Frame[] = [];
  closed: number | null = null;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.frames.push(JSON.parse((data as Buffer).toString()) as Frame));
    socket.on('close', (code) => (this.closed = code));
    socket.on('error', () => undefined);
  }

  static async open(world: GatewayWorld, headers: Record<string, string> = {}): Promise<Client> {
    const socket = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/v1/responses`, {
      headers: {authorization: `Bearer ${world.secret}`, 'thread-id': 't1', ...headers},
    });
    const client = new Client(socket);
    await once(socket, 'open');
    return client;
  }

  /** Sends a request and waits for its end. @returns the frame that ended it */
  async ask(request: Record<string, unknown>): Promise<Frame> {
    const from = this.frames.length;
    this.socket.send(JSON.stringify({type: 'response.create', ...request}));
    const end = (): Frame | undefined =>
      this.frames.slice(from).find(({type}) => ['response.completed', 'error'].includes(type));
    await until(() => end() !== undefined || this.closed !== null, 'an end of the response');
    return end() ?? {type: `closed ${String(this.closed)}`};
  }
}

const idOf = (frame: Frame): string => (frame['response'] as {id: string}).id;

describe('the gateway over WebSocket', () => {
  let world: GatewayWorld;
  afterEach(() => world.close());

  it("dials the backend first and hands its handshake's headers on", async () => {
    world = await createGatewayWorld();
    const socket = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/v1/responses`, {
      headers: {authorization: `Bearer ${world.secret}`},
    });
    const [response] = (await once(socket, 'upgrade')) as [{headers: Record<string, string>}];
    assert.ok(response.headers['x-codex-turn-state']);
    assert.ok(response.headers['x-codex-primary-used-percent']);
    const upgrade = world.simulator.requests.find(({route}) => route === 'upgrade')!;
    assert.equal(upgrade.account, 'a');
    assert.equal(upgrade.headers['chatgpt-account-id'], 'workspace-a');
    socket.close();
  });

  it('refuses a client without a credential, and a browser, before asking the backend', async () => {
    world = await createGatewayWorld();
    const url = `${world.gateway.url.replace('http', 'ws')}/v1/responses`;
    for (const headers of [
      {authorization: 'Bearer wrong'},
      {authorization: `Bearer ${world.secret}`, origin: 'https://evil.example'},
    ]) {
      const socket = new WebSocket(url, {headers});
      const [error] = (await once(socket, 'error')) as [Error];
      assert.match(error.message, /40[13]/);
    }
    assert.equal(world.simulator.requests.length, 0);
  });

  it('passes 426 on, so that the client takes HTTP', async () => {
    world = await createGatewayWorld();
    world.simulator.setWebSocket(false);
    await assert.rejects(Client.open(world), /426/);
  });

  it('opens with the next account when the first may not, and fails with 429 when none may', async () => {
    world = await createGatewayWorld();
    world.simulator.account('a').fail(quota({resetsInSeconds: 7200}), {at: 'upgrade'});
    const client = await Client.open(world);
    await client.ask(say('hi'));
    assert.deepEqual(world.asked, ['b']);
    world.simulator.account('b').fail(quota(), {at: 'upgrade'});
    await assert.rejects(Client.open(world), /429/);
  });

  it('resends a request that stands alone, a pre-warm before it included', async () => {
    world = await createGatewayWorld();
    world.simulator.account('a').fail(quota());
    const client = await Client.open(world);
    const prewarm = await client.ask({model: 'gpt-5.5', generate: false, input: []});
    const end = await client.ask({...say('hi'), previous_response_id: idOf(prewarm)});
    assert.equal(end.type, 'response.completed');
    assert.deepEqual(world.asked, ['a', 'b']);
    const next = await client.ask({...say('more'), previous_response_id: idOf(end)});
    assert.equal(next.type, 'response.completed');
    assert.deepEqual(world.asked, ['a', 'b', 'b']);
    assert.ok(!client.frames.some(({type}) => type === 'error'));
  });

  it('has the client send a turn whole that goes on from what the old account remembers', async () => {
    world = await createGatewayWorld();
    const client = await Client.open(world);
    const first = await client.ask(say('one'));
    world.simulator.account('a').fail(quota());
    const refused = await client.ask({...say('two'), previous_response_id: idOf(first)});
    assert.equal((refused['error'] as {code: string}).code, 'websocket_connection_limit_reached');
    await until(() => client.closed !== null, 'the connection to close');
    const {output} = first['response'] as {output: unknown[]};
    const again = await Client.open(world);
    const end = await again.ask({...say('two'), input: [...output, ...(say('two')['input'] as unknown[])]});
    assert.equal(end.type, 'response.completed');
    assert.deepEqual(world.asked, ['a', 'a', 'b']);
  });

  it('answers a 429 frame with the earliest reset when all accounts are out', async () => {
    world = await createGatewayWorld();
    const now = Math.floor(Date.now() / 1000);
    world.simulator.account('a').fail(quota({resetsAt: now + 7200}));
    world.simulator.account('b').fail(quota({resetsAt: now + 1800}));
    const client = await Client.open(world);
    const end = await client.ask(say('hi'));
    assert.equal(end['status'], 429);
    assert.equal((end['error'] as {resets_at: number}).resets_at, now + 1800);
  });

  it('asks an overloaded backend again on the same connection', async () => {
    world = await createGatewayWorld();
    world.simulator.account('a').fail(overloaded(), {times: 1, from: 2});
    const client = await Client.open(world);
    const first = await client.ask(say('one'));
    const end = await client.ask({...say('two'), previous_response_id: idOf(first)});
    assert.equal(end.type, 'response.completed');
    assert.equal(world.simulator.requests.filter(({route}) => route === 'upgrade').length, 1);
  });

  it('strips what the account cannot read and asks it once more', async () => {
    world = await createGatewayWorld();
    const client = await Client.open(world);
    const first = await client.ask(say('one'));
    const {output} = first['response'] as {output: unknown[]};
    await world.sandbox.store.setDefault('b');
    await world.gateway.close({drainMs: 0});
    world.gateway = await world.startGateway();
    const other = await Client.open(world, {'thread-id': 'unknown'});
    const end = await other.ask({...say('two'), input: [...output, ...(say('two')['input'] as unknown[])]});
    assert.equal(end.type, 'response.completed');
    assert.deepEqual(world.asked, ['a', 'b', 'b']);
  });

  it("leaves another account's turn state out of a frame", async () => {
    world = await createGatewayWorld();
    const client = await Client.open(world);
    const issued = 'ts-foreign';
    const end = await client.ask({
      ...say('hi'),
      client_metadata: {'x-codex-turn-state': issued, other: 'kept'},
    });
    assert.equal(end.type, 'response.completed');
    const request = world.simulator.requests.find(({route}) => route === 'responses')!;
    assert.deepEqual((request.body as {client_metadata: unknown}).client_metadata, {other: 'kept'});
  });

  it('leaves out all that is sealed for the old account when a turn with sub-agents moves', async () => {
    world = await createGatewayWorld();
    const client = await Client.open(world);
    await client.ask(say('one'));
    world.simulator.account('a').fail(quota());
    const turn = await readJson<Record<string, unknown>>(SUBAGENT_TURN);
    assert.equal((await client.ask(turn)).type, 'response.completed');
    assert.deepEqual(world.answered, ['a', 'b']);
    assert.doesNotMatch(JSON.stringify(world.simulator.requests.at(-1)?.body), /enc:a|encrypted_/);
  });

  it('takes an event that it does not know for no output, and has the turn sent whole elsewhere', async () => {
    world = await createGatewayWorld();
    const a = world.simulator.account('a');
    a.extraEvents = [{type: 'codex.tomorrow'}];
    a.fail(atTheEnd(quota()), {at: 'created'});
    const client = await Client.open(world);
    const end = await client.ask(say('hi'));
    assert.equal(JSON.stringify(end).includes('websocket_connection_limit_reached'), true);
    assert.deepEqual(
      client.frames.map(({type}) => type).filter((type) => type !== 'codex.rate_limits'),
      ['response.created', 'codex.tomorrow', 'error'],
    );
    await until(() => client.closed !== null, 'the end of the connection');
    const again = await Client.open(world);
    assert.equal((await again.ask(say('hi'))).type, 'response.completed');
    assert.deepEqual(world.asked, ['a', 'b']);
  });

  it('moves one thread and leaves the other where it is', async () => {
    world = await createGatewayWorld({accounts: ['a', 'b', 'c']});
    const one = await Client.open(world, {'thread-id': 'one'});
    await one.ask(say('hi'));
    const rule = world.simulator.account('a').fail(quota({resetsInSeconds: 3600}));
    const two = await Client.open(world, {'thread-id': 'two'});
    const first = await two.ask(say('hi'));
    rule.remove();
    world.simulator.account('b').fail(quota(), {when: ({threadId}) => threadId === 'none'});
    const refused = await one.ask(say('again'));
    assert.equal(refused.type, 'response.completed');
    const second = await two.ask({...say('more'), previous_response_id: idOf(first)});
    assert.equal(second.type, 'response.completed');
    assert.deepEqual(world.asked, ['a', 'a', 'b', 'b', 'b']);
  });

  it("ends the backend's connection at once when the client vanishes", async () => {
    world = await createGatewayWorld();
    const hold = world.simulator.account('a').hold({at: 'created'});
    const client = await Client.open(world);
    client.socket.send(JSON.stringify({type: 'response.create', ...say('words: 50')}));
    await hold.reached;
    client.socket.terminate();
    await until(() => world.log.lines.some((line) => /aborted/.test(line)), 'the abort');
    hold.release();
    await world.simulator.waitForRequest(({outcome}) => outcome === 'aborted', 5000);
  });

  it('lets a turn finish when it stops, and has the client connect anew', async () => {
    world = await createGatewayWorld();
    const hold = world.simulator.account('a').hold({at: 'output'});
    const client = await Client.open(world);
    const idle = await Client.open(world, {'thread-id': 't2'});
    const end = client.ask(say('hi'));
    await hold.reached;
    const closed = world.gateway.close({drainMs: 10_000});
    await until(() => idle.closed === 1012, 'the idle connection to close');
    hold.release();
    assert.equal((await end).type, 'response.completed');
    await closed;
    assert.equal(client.closed, 1012);
  });
});
