import assert from 'node:assert/strict';
import {once} from 'node:events';
import {request as httpRequest, type IncomingMessage} from 'node:http';
import {Socket} from 'node:net';

import {hostProblem} from '../../../src/gateway/server/host-guard.js';
import {probe} from '../../../src/gateway/control/probe.js';
import {routeOf} from '../../../src/gateway/http/routes.js';
import {type GatewayWorld, createGatewayWorld, outputOf, say} from '../../support/gateway.js';
import {until} from '../../support/until.js';

describe("the gateway's front door", () => {
  let world: GatewayWorld;
  before(async () => {
    world = await createGatewayWorld();
  });
  after(() => world.close());

  /** Headers as they are, Host too. */
  const raw = async (
    path: string,
    headers: Record<string, string>,
    method = 'GET',
  ): Promise<{status: number; body: string}> => {
    const request = httpRequest(`${world.gateway.url}${path}`, {headers, method});
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return {status: response.statusCode ?? 0, body};
  };

  it('says that it is well without being asked for a credential', async () => {
    assert.deepEqual(await raw('/health', {}), {status: 200, body: '{"status":"ok"}'});
  });

  it('takes the current token of an account, and the secret, and nothing else', async () => {
    const attempts: [string | undefined, number][] = [
      [undefined, 401],
      ['Bearer wrong', 401],
      [`Basic ${world.secret}`, 401],
      [`Bearer ${world.secret}x`, 401],
      [`Bearer ${world.secret}`, 200],
      [`Bearer ${await world.accessToken('a')}`, 200],
      [`Bearer ${await world.accessToken('b')}`, 200],
    ];
    for (const [authorization, status] of attempts) {
      const headers = authorization === undefined ? {} : {authorization};
      assert.equal((await raw('/v1/models?client_version=1', headers)).status, status);
    }
  });

  it('refuses a foreign Host and the Origin of a web page, on every path', async () => {
    const authorization = `Bearer ${world.secret}`;
    for (const path of ['/health', '/v1/models']) {
      assert.equal((await raw(path, {authorization, host: 'evil.example'})).status, 403);
      assert.equal((await raw(path, {authorization, origin: 'http://127.0.0.1:4319'})).status, 403);
    }
  });

  it('forwards /v1/X, /backend-api/codex/X and /X to the same place', async () => {
    const authorization = `Bearer ${world.secret}`;
    const from = world.simulator.requests.length;
    for (const path of ['/v1/models?x=1', '/backend-api/codex/models?x=1', '/models?x=1'])
      assert.equal((await raw(path, {authorization})).status, 200);
    assert.deepEqual(
      world.simulator.requests.slice(from).map(({path, query}) => path + query),
      Array(3).fill('/backend-api/codex/models?x=1'),
    );
  });

  it("never sends a route of the client's own account with another's token", async () => {
    const own = await world.accessToken('b');
    const from = world.simulator.requests.length;
    const secret = await raw('/backend-api/wham/usage', {authorization: `Bearer ${world.secret}`});
    assert.equal(secret.status, 404);
    assert.match(secret.body, /belongs to the client's own account/);
    assert.equal(world.simulator.requests.length, from);
    for (const path of ['/backend-api/wham/usage', '/v1/wham/usage', '/wham/usage']) {
      const headers = {authorization: `Bearer ${own}`, 'chatgpt-account-id': 'workspace-b'};
      assert.equal((await raw(path, headers)).status, 200);
      assert.equal(world.simulator.requests.at(-1)?.account, 'b');
    }
  });

  it('forwards no path that could mean another one behind it', () => {
    for (const path of [
      '/v1/../wham/usage',
      '/v1/%2e%2e/wham',
      '/v1//wham',
      '/v1/a%2f..%2fb',
      '/v1/',
      '/',
      'http://evil/',
      '/v1/%zz',
    ])
      assert.equal(routeOf(path).kind, 'invalid', path);
    for (const path of ['/v1/WHAM/usage', '/wham/x', '/backend-api/ps/plugins', '/v1/%77ham/usage'])
      assert.equal(routeOf(path).kind, 'own', path);
  });

  it('answers 413 to what is too large, before reading it', async () => {
    const request = httpRequest(`${world.gateway.url}/v1/responses`, {
      method: 'POST',
      headers: {authorization: `Bearer ${world.secret}`, 'content-length': String(65 * 1024 * 1024)},
    });
    request.on('error', () => undefined);
    request.flushHeaders();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 413);
    request.destroy();
  });

  it('shows metrics and its state to the secret alone', async () => {
    await outputOf(await world.post(say('hi')));
    const token = {authorization: `Bearer ${await world.accessToken('a')}`};
    assert.equal((await raw('/metrics', token)).status, 403);
    assert.equal((await raw('/cao/status', token)).status, 403);
    const {status, body} = await raw('/metrics', {authorization: `Bearer ${world.secret}`});
    assert.equal(status, 200);
    assert.match(body, /cao_gateway_requests_total\{account="a",transport="http",status="200"\} \d/);
    assert.match(body, /cao_gateway_used_percent\{account="a",limit="codex",window_minutes="300"\}/);
    assert.match(body, /cao_gateway_in_flight\{account="b"\} 0/);
  });

  it('proves itself to those who hold the secret, and to no others', async () => {
    assert.equal(await probe(world.gateway.url, world.secret), 'ours');
    assert.equal(await probe(world.gateway.url, 'another secret'), 'other');
  });

  it('passes headers on as they are, but for credentials and those of the connection', async () => {
    const token = await world.accessToken('b');
    await outputOf(
      await world.post(say('hi'), {
        authorization: `Bearer ${token}`,
        'chatgpt-account-id': 'workspace-b',
        originator: 'codex_exec',
        'x-codex-beta-features': 'one',
        'session-id': 's-1',
      }),
    );
    const {headers, account} = world.simulator.requests.findLast(({route}) => route === 'responses')!;
    assert.equal(account, 'a');
    assert.equal(headers['chatgpt-account-id'], 'workspace-a');
    assert.equal(headers['originator'], 'codex_exec');
    assert.equal(headers['x-codex-beta-features'], 'one');
    assert.equal(headers['session-id'], 's-1');
  });

  it('keeps tokens out of its log', async () => {
    const {log} = world;
    for (const token of [world.secret, await world.accessToken('a'), await world.accessToken('b')])
      assert.ok(!log.lines.join('\n').includes(token));
  });

  it('outlives clients that speak no HTTP', async () => {
    const socket = new Socket().connect(world.gateway.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.write('nonsense\r\n\r\n');
    await once(socket, 'close');
    await until(() => fetch(`${world.gateway.url}/health`).then(({ok}) => ok), 'the next answer');
  });
});

describe('the Host of a request', () => {
  it('must name this machine, or the address that was bound', () => {
    for (const host of ['127.0.0.1:4319', 'localhost', '[::1]:4319', '127.9.9.9'])
      assert.equal(hostProblem({host}, '127.0.0.1'), null, host);
    for (const host of [
      'evil.example',
      '',
      '127.0.0.1.evil.example',
      'localhost.evil',
      '10.0.0.1',
      'a@127.0.0.1',
    ])
      assert.notEqual(hostProblem({host}, '127.0.0.1'), null, host);
    assert.equal(hostProblem({host: '10.0.0.5:4319'}, '0.0.0.0'), null);
    assert.notEqual(hostProblem({host: 'evil.example'}, '0.0.0.0'), null);
  });
});
