import assert from 'node:assert/strict';
import {
  close,
  drop,
  quota,
  startSimulator,
  unauthorized,
  type Simulator,
} from '../../../src/simulator/index.js';
import {Connection, logIn, request, responseId, say, textOf} from '../client.js';

describe('simulator: responses over a WebSocket', () => {
  let simulator: Simulator;

  before(async () => {
    simulator = await startSimulator({accounts: [{name: 'alpha'}, {name: 'beta'}]});
  });
  afterEach(() => {
    for (const account of simulator.accounts.values()) account.reset();
    simulator.setWebSocket(true);
  });
  after(() => simulator.close());

  const codeOf = (event: Record<string, unknown> | undefined) => (event?.['error'] as {code?: string}).code;

  it('pre-warms, then goes on from responses given on the same connection', async () => {
    const login = logIn(simulator, 'alpha');
    const connection = await Connection.open(simulator, login);
    const warm = await connection.create(request([], {generate: false}));
    assert.equal(textOf(warm), '');
    const first = await connection.create(request([say('one')], {previous_response_id: responseId(warm)}));
    assert.equal(textOf(first), 'Answer from alpha: one');
    const frame = request([say('recall')], {previous_response_id: responseId(first)});
    assert.equal(textOf(await connection.create(frame)), 'You said "one"');

    const other = await Connection.open(simulator, login);
    const [refused] = await other.create(frame);
    assert.equal(refused?.['status'], 400);
    assert.equal(codeOf(refused), 'previous_response_not_found');
    connection.socket.close();
    other.socket.close();
  });

  it('tells quota by a frame, with the status under either name', async () => {
    const connection = await Connection.open(simulator, logIn(simulator, 'alpha'));
    const account = simulator.account('alpha');
    account.fail(quota({resetsInSeconds: 600}), {times: 1});
    const [frame] = await connection.create(request([say('one')]));
    assert.equal(frame?.['status'], 429);
    assert.equal((frame['error'] as {type: string}).type, 'usage_limit_reached');
    assert.equal((frame['headers'] as Record<string, string>)['x-codex-primary-used-percent'], '100');
    account.fail({...quota(), frameStatus: 'status_code'}, {times: 1});
    const [other] = await connection.create(request([say('two')]));
    assert.equal(other?.['status_code'], 429);
    assert.equal(other['status'], undefined);
    connection.socket.close();
  });

  it('refuses upgrades: switched off, without a token, by script', async () => {
    const login = logIn(simulator, 'alpha');
    simulator.setWebSocket(false);
    await assert.rejects(Connection.open(simulator, login), /status 426/);
    simulator.setWebSocket(true);
    await assert.rejects(Connection.open(simulator, login, {authorization: 'Bearer nobody'}), /status 401/);
    simulator.account('alpha').fail(unauthorized(), {at: 'upgrade', times: 1});
    await assert.rejects(Connection.open(simulator, login), /status 401/);
    simulator.account('alpha').fail(quota(), {at: 'upgrade', times: 1});
    await assert.rejects(Connection.open(simulator, login), /status 429/);
  });

  it('drops and closes before and after output began', async () => {
    const login = logIn(simulator, 'alpha');
    const account = simulator.account('alpha');
    account.fail(drop(), {times: 1});
    let connection = await Connection.open(simulator, login);
    assert.deepEqual(await connection.create(request([say('one')])), []);
    account.fail(close(1012), {at: 'output', times: 1});
    connection = await Connection.open(simulator, login);
    const closed = connection.closed();
    assert.equal(textOf(await connection.create(request([say('a b c')]))), 'Answer ');
    assert.equal(await closed, 1012);
  });

  it('ends a connection whose login was revoked', async () => {
    const account = simulator.account('beta');
    const connection = await Connection.open(simulator, logIn(simulator, 'beta'));
    account.tokens.revokeAll();
    const [frame] = await connection.create(request([say('one')]));
    assert.equal(codeOf(frame), 'token_revoked');
    connection.socket.close();
  });

  it('notes a client that went away in the middle', async () => {
    const account = simulator.account('alpha');
    const hold = account.hold({at: 'output'});
    const connection = await Connection.open(simulator, logIn(simulator, 'alpha'));
    const events = connection.create(request([say('going')]));
    const record = await hold.reached;
    connection.socket.terminate();
    await events;
    await simulator.waitForRequest((each) => each === record && each.outcome === 'aborted', 2000);
    hold.release();
  });
});
