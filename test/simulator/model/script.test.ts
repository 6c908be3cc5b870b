import assert from 'node:assert/strict';
import {
  badRequest,
  dead,
  drop,
  notEntitled,
  overloaded,
  quota,
  startSimulator,
  unauthorized,
  workspaceLimit,
  type Disturbance,
  type Simulator,
} from '../../../src/simulator/index.js';
import {logIn, post, request, say, textOf, type Login} from '../client.js';

describe('simulator: scripts', () => {
  let simulator: Simulator;
  let login: Login;

  before(async () => {
    simulator = await startSimulator({accounts: [{name: 'alpha'}]});
    login = logIn(simulator, 'alpha');
  });
  afterEach(() => simulator.account('alpha').reset());
  after(() => simulator.close());

  const ask = (text = 'hello', more = {}) => post(simulator, login, request([say(text)], more));

  it('refuses from the n-th response request on, and again answers after a reset', async () => {
    const account = simulator.account('alpha');
    account.fail(quota({resetsInSeconds: 900}), {from: account.responseRequests + 2});
    assert.equal((await ask()).status, 200);
    const refused = await ask();
    assert.equal(refused.status, 429);
    const error = refused.body['error'] as {type: string; resets_in_seconds: number; resets_at: number};
    assert.equal(error.type, 'usage_limit_reached');
    assert.equal(error.resets_in_seconds, 900);
    assert.equal(refused.headers.get('x-codex-primary-used-percent'), '100');
    assert.equal(refused.headers.get('x-codex-primary-reset-at'), String(error.resets_at));
    assert.equal((await ask()).status, 429);
    account.reset();
    assert.equal((await ask()).status, 200);
  });

  it('takes only one model away when the limit is a further one', async () => {
    simulator.account('alpha').fail(quota({limit: {id: 'luna', name: 'GPT-6-Luna'}}), {
      when: ({body}) => (body as {model: string}).model === 'gpt-6-luna',
    });
    const refused = await ask('hello', {model: 'gpt-6-luna'});
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get('x-codex-active-limit'), 'luna');
    assert.equal(refused.headers.get('x-codex-luna-limit-name'), 'GPT-6-Luna');
    assert.notEqual(refused.headers.get('x-codex-primary-used-percent'), '100');
    assert.equal((await ask()).status, 200);
  });

  it('lets quota strike in the middle of a stream, and refuses from then on', async () => {
    simulator.account('alpha').fail(quota(), {at: 'output'});
    const cut = await ask('one two three');
    assert.equal(cut.status, 200);
    assert.equal(textOf(cut.events), 'Answer ');
    assert.equal(cut.events.at(-1)?.['type'], 'response.failed');
    assert.equal((await ask()).status, 429);
  });

  const answers: [string, Disturbance, number, RegExp][] = [
    ['a workspace limit', workspaceLimit(), 429, /usage_limit_reached/],
    ['a token', unauthorized('token_expired'), 401, /token_expired/],
    ['a dead workspace', dead(), 402, /"detail":\{"code":"deactivated_workspace"\}/],
    ['a denied workspace', dead('codex_workspace_access_denied'), 403, /codex_workspace_access_denied/],
    ['a plan', notEntitled(), 429, /usage_not_included/],
    ['overload', overloaded(), 503, /server_is_overloaded/],
    ['a bare 429', overloaded({status: 429, retryAfterSeconds: 2}), 429, /detail/],
    ['a bad request', badRequest('context_length_exceeded'), 400, /context_length_exceeded/],
  ];
  for (const [name, disturbance, status, body] of answers) {
    it(`refuses because of ${name}`, async () => {
      simulator.account('alpha').fail(disturbance, {times: 1});
      const refused = await ask();
      assert.equal(refused.status, status);
      assert.match(JSON.stringify(refused.body), body);
      assert.equal((await ask()).status, 200);
    });
  }

  it('tells the kind of a workspace limit and how long to wait', async () => {
    const account = simulator.account('alpha');
    account.fail(workspaceLimit('workspace_owner_credits_depleted'), {times: 1});
    const limited = await ask();
    assert.equal(limited.headers.get('x-codex-rate-limit-reached-type'), 'workspace_owner_credits_depleted');
    account.fail(overloaded({status: 429, retryAfterSeconds: 2}), {times: 1});
    assert.equal((await ask()).headers.get('retry-after'), '2');
  });

  it('drops the connection before an answer and in the middle of one', async () => {
    const account = simulator.account('alpha');
    account.fail(drop(), {times: 1});
    await assert.rejects(ask());
    account.fail(drop(), {at: 'output', times: 1});
    await assert.rejects(ask());
    assert.equal((await ask()).status, 200);
  });

  it('holds a request until it is released', async () => {
    const hold = simulator.account('alpha').hold();
    let answered = false;
    const asked = ask().then((answer) => {
      answered = true;
      return answer;
    });
    const record = await hold.reached;
    assert.equal(record.outcome, 'open');
    assert.equal(answered, false);
    hold.release();
    assert.equal((await asked).status, 200);
  });

  it('meets every route of a dead account', async () => {
    simulator.account('alpha').fail(dead(), {at: 'every'});
    const usage = await fetch(`${simulator.httpUrl}/backend-api/wham/usage`, {headers: login.headers});
    assert.equal(usage.status, 402);
    assert.equal((await ask()).status, 402);
  });
});
