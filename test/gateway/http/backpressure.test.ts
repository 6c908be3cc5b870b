import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingMessage, type ServerResponse, createServer, request as httpRequest} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';

import WebSocket, {WebSocketServer} from 'ws';

import {type GatewayWorld, createGatewayWorld, say} from '../../support/gateway.js';
import {until} from '../../support/until.js';

const PIECE = 64 * 1024;
const MOST_BUFFERED = 32 * 1024 * 1024;

/** A backend that writes as much as it is let, and counts it. */
class Flood {
  sent = 0;
  aborted = false;
  private readonly server = createServer((request, response) => this.http(request, response));
  private readonly sockets = new WebSocketServer({server: this.server});

  static async start(): Promise<Flood> {
    const flood = new Flood();
    flood.sockets.on('connection', (socket) => socket.once('message', () => void flood.webSocket(socket)));
    flood.server.listen(0, '127.0.0.1');
    await once(flood.server, 'listening');
    return flood;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/codex`;
  }

  /** Waits until nothing more can be sent. */
  async stalled(): Promise<void> {
    let before = -1;
    await until(async () => {
      before = this.sent;
      await sleep(300);
      return this.sent === before && before > 0;
    }, 'the backend to be held back');
  }

  close(): void {
    this.sockets.close();
    for (const client of this.sockets.clients) client.terminate();
    this.server.closeAllConnections();
    this.server.close();
  }

  private http(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    response.writeHead(200, {'content-type': 'text/event-stream'});
    const event = `data: {"type":"response.output_text.delta","delta":"${'x'.repeat(PIECE)}"}\n\n`;
    const write = (): void => {
      let flowing = true;
      while (flowing && this.sent < 4 * MOST_BUFFERED) {
        this.sent += event.length;
        flowing = response.write(event);
      }
    };
    response.on('drain', write);
    response.on('close', () => (this.aborted = true));
    write();
  }

  private async webSocket(socket: WebSocket): Promise<void> {
    socket.on('close', () => (this.aborted = true));
    const frame = JSON.stringify({type: 'response.output_text.delta', delta: 'x'.repeat(PIECE)});
    while (socket.readyState === socket.OPEN && this.sent < 4 * MOST_BUFFERED) {
      await new Promise((resolve) => socket.send(frame, resolve));
      this.sent += frame.length;
    }
  }
}

describe('the gateway and a client that does not read', () => {
  let world: GatewayWorld;
  let flood: Flood;

  beforeEach(async () => {
    flood = await Flood.start();
    world = await createGatewayWorld({config: {baseUrl: flood.url}});
  });
  afterEach(async () => {
    flood.close();
    await world.close();
  });

  it('holds the backend back over HTTP, and lets go of it when the client vanishes', async () => {
    const request = httpRequest(`${world.gateway.url}/v1/responses`, {
      method: 'POST',
      headers: {authorization: `Bearer ${world.secret}`},
    });
    request.on('error', () => undefined);
    request.end(JSON.stringify(say('hi')));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    await flood.stalled();
    assert.ok(flood.sent < MOST_BUFFERED, `${flood.sent} bytes are buffered`);
    request.destroy();
    await until(() => flood.aborted, "the backend's connection to end");
  });

  it('holds the backend back over WebSocket, and lets go of it when the client vanishes', async () => {
    const client = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/v1/responses`, {
      headers: {authorization: `Bearer ${world.secret}`},
    });
    await once(client, 'open');
    client.pause();
    client.send(JSON.stringify({type: 'response.create', ...say('hi')}));
    await flood.stalled();
    assert.ok(flood.sent < MOST_BUFFERED, `${flood.sent} bytes are buffered`);
    client.terminate();
    await until(() => flood.aborted, "the backend's connection to end");
  });
});

describe('the gateway and a backend that says nothing', () => {
  let world: GatewayWorld;
  const server = createServer((request) => request.resume());
  const sockets = new WebSocketServer({server});

  beforeEach(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const {port} = server.address() as AddressInfo;
    world = await createGatewayWorld({
      config: {baseUrl: `http://127.0.0.1:${port}/codex`, requestTimeoutMs: 200},
    });
  });
  afterEach(async () => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    server.close();
    await world.close();
  });

  it('answers 504 over HTTP', async () => {
    const response = await world.post(say('hi'));
    assert.equal(response.status, 504);
    assert.match(await response.text(), /upstream_timeout/);
  });

  it('ends the connection over WebSocket, so that the client asks again', async () => {
    const client = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/v1/responses`, {
      headers: {authorization: `Bearer ${world.secret}`},
    });
    client.on('error', () => undefined);
    await once(client, 'open');
    client.send(JSON.stringify({type: 'response.create', ...say('hi')}));
    await once(client, 'close');
  });
});

describe('the gateway and a backend that cannot be reached', () => {
  it('answers 502 after its tries', async () => {
    const world = await createGatewayWorld({config: {baseUrl: 'http://127.0.0.1:9/codex'}});
    try {
      const response = await world.post(say('hi'));
      assert.equal(response.status, 502);
      assert.equal(world.log.lines.filter((line) => line.startsWith('retry')).length, 2);
    } finally {
      await world.close();
    }
  });
});
