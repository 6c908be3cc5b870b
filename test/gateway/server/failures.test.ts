import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type Server, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

import WebSocket from 'ws';

import {FrontDoor, type FrontDoorOptions} from '../../../src/gateway/server/front-door.js';

describe('a front door that cannot tell who asks', () => {
  let server: Server;
  let problems: string[];
  /** How the dealing with each request or upgrade ended. */
  let ends: Promise<unknown>[];

  beforeEach(async () => {
    problems = [];
    ends = [];
    const door = new FrontDoor({
      context: {
        config: {bindAddress: '127.0.0.1'},
        events: {problem: (message: string) => problems.push(message)},
      },
      clients: {identify: () => Promise.reject(new Error('the accounts cannot be read'))},
    } as unknown as FrontDoorOptions);
    server = createServer((request, response) => ends.push(door.answer(request, response)));
    server.on('upgrade', (request, socket, head) => ends.push(door.upgrade(request, socket, head)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    await Promise.all(ends);
    server.close();
  });

  const url = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}/v1/responses`;

  it('answers 500 to a request, and tells of it', async () => {
    const response = await fetch(`http://${url()}`, {headers: {connection: 'close'}});
    assert.equal(response.status, 500);
    assert.match(await response.text(), /gateway_error/);
    assert.deepEqual(problems, ['the accounts cannot be read']);
  });

  it('answers 500 to an upgrade, and tells of it', async () => {
    const [error] = (await once(new WebSocket(`ws://${url()}`), 'error')) as [Error];
    assert.match(error.message, /500/);
    assert.deepEqual(problems, ['the accounts cannot be read']);
  });
});
