import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingMessage, createServer} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';

import WebSocket, {WebSocketServer} from 'ws';

import {type GatewayWorld, createGatewayWorld, say} from '../../support/gateway.js';
import {until} from '../../support/until.js';

type Frame = Record<string, unknown> & {type: string};

/** Deals with one request of a client: its frames go out at once, in one piece where the network allows it. */
type Script = (socket: WebSocket, account: string) => void;

/** A backend whose answers are written out: the first script is for the first request, and so on. */
class ScriptedBackend {
  /** The accounts that were asked for an answer, in order. */
  readonly asked: string[] = [];
  /** Accounts whose handshakes are refused, with what status. */
  readonly refused = new Map<string, number>();
  private readonly server = createServer();
  private readonly sockets = new WebSocketServer({noServer: true});

  private constructor(private readonly scripts: Script[]) {
    this.server.on('upgrade', (request: IncomingMessage, socket, head) => {
      const account = String(request.headers['chatgpt-account-id']).replace('workspace-', '');
      const status = this.refused.get(account);
      if (status !== undefined) {
        socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (client) => {
        client.on('message', () => {
          this.asked.push(account);
          this.scripts[Math.min(this.asked.length, this.scripts.length) - 1]?.(client, account);
        });
      });
    });
  }

  static async start(...scripts: Script[]): Promise<ScriptedBackend> {
    const backend = new ScriptedBackend(scripts);
    backend.server.listen(0, '127.0.0.1');
    await once(backend.server, 'listening');
    return backend;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/codex`;
  }

  get connections(): number {
    return this.sockets.clients.size;
  }

  close(): void {
    for (const client of this.sockets.clients) client.terminate();
    this.server.closeAllConnections();
    this.server.close();
  }
}

const created = {type: 'response.created', response: {id: 'r'}};
const delta = {type: 'response.output_text.delta', delta: 'x'};
const completed = {type: 'response.completed', response: {id: 'r', output: []}};
const quota = {
  type: 'error',
  status: 429,
  error: {type: 'usage_limit_reached', message: 'used up', resets_in_seconds: 3600},
};
const overloaded = {type: 'error', status: 503, error: {code: 'server_is_overloaded'}};

/** Frames in one write, so that the gateway meets them in one go. */
function send(...frames: object[]): Script {
  return (socket) => {
    const raw = (socket as unknown as {_socket: {cork(): void; uncork(): void}})._socket;
    raw.cork();
    for (const frame of frames) socket.send(JSON.stringify(frame));
    raw.uncork();
  };
}

/** Bytes that no server may send (RFC 6455). */
const BREACHES: [what: string, bytes: Buffer][] = [
  ['a frame of no known kind', Buffer.from([0x8f, 0x00])],
  ['reserved bits', Buffer.from([0xf1, 0x00])],
  ['a masked frame', Buffer.from([0x81, 0x80, 1, 2, 3, 4])],
  ['a continuation of nothing', Buffer.from([0x80, 0x00])],
  ['a cut ping', Buffer.from([0x09, 0x00])],
  ['text that is no UTF-8', Buffer.from([0x81, 0x01, 0xff])],
  ['a close with a code that may not be sent', Buffer.from([0x88, 0x02, 0x03, 0xed])],
  ['a frame larger than any may be', Buffer.from([0x82, 0x7f, 0, 0, 0, 1, 0, 0, 0, 0])],
];

/** Sends bytes as they are, and from then on hears nothing and says nothing, with the socket open. */
function sendRaw(bytes: Buffer): Script {
  return (socket) => {
    const raw = (socket as unknown as {_socket: Socket})._socket;
    raw.write(bytes);
    raw.removeAllListeners('data').removeAllListeners('end').pause();
  };
}

describe('a session of the gateway', () => {
  let world: GatewayWorld;
  let backend: ScriptedBackend;
  let client: WebSocket;
  let frames: Frame[];
  let closed: number | null;

  afterEach(async () => {
    client.terminate();
    backend.close();
    await world.close();
  });

  const open = (...scripts: Script[]): Promise<void> => openWith({'thread-id': 't'}, ...scripts);

  async function openWith(headers: Record<string, string>, ...scripts: Script[]): Promise<void> {
    backend = await ScriptedBackend.start(...scripts);
    world = await createGatewayWorld({config: {baseUrl: backend.url}});
    client = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/v1/responses`, {
      headers: {authorization: `Bearer ${world.secret}`, ...headers},
    });
    frames = [];
    closed = null;
    client.on('message', (data) => frames.push(JSON.parse((data as Buffer).toString()) as Frame));
    client.on('close', (code) => (closed = code));
    await once(client, 'open');
  }

  const ask = (more: object = {}): void =>
    client.send(JSON.stringify({type: 'response.create', ...say('hi'), ...more}));
  const types = (): string[] => frames.map(({type}) => type);
  const shown = (type: string): Promise<true> => until(() => types().includes(type), `a frame ${type}`);

  it('shows nothing of a failure that another account makes good, nor of what came behind it', async () => {
    await open(send(quota, delta, completed), send(created, delta, completed));
    ask();
    await shown('response.completed');
    assert.deepEqual(types(), ['response.created', 'response.output_text.delta', 'response.completed']);
    assert.deepEqual(backend.asked, ['a', 'b']);
  });

  it("does not end with the backend's connection where another one takes its place", async () => {
    const failAndClose: Script = (socket, account) => {
      send(quota)(socket, account);
      socket.close(1000);
    };
    await open(failAndClose, send(created, completed));
    ask();
    await shown('response.completed');
    assert.equal(closed, null);
    assert.equal(backend.connections, 1);
  });

  it('shows what came behind a failure after it, in order, where that is passed on', async () => {
    const rejected = {type: 'error', status: 400, error: {code: 'context_length_exceeded'}};
    await open((socket, account) => {
      send(created, rejected, {type: 'note'}, {type: 'codex.rate_limits'})(socket, account);
      socket.close(1000);
    });
    ask();
    await until(() => closed !== null, 'the end');
    assert.deepEqual(types(), ['response.created', 'error', 'note', 'codex.rate_limits']);
    assert.equal(closed, 1000);
  });

  it('asks again on the same connection, with what came behind the failure before the new answer', async () => {
    await open(send(overloaded, {type: 'codex.rate_limits'}), send(created, delta, completed));
    ask({previous_response_id: 'r0'});
    await shown('response.completed');
    assert.deepEqual(types(), [
      'codex.rate_limits',
      'response.created',
      'response.output_text.delta',
      'response.completed',
    ]);
    assert.deepEqual(backend.asked, ['a', 'a']);
  });

  it('has the client connect anew when a quota ends an answer that it saw begin', async () => {
    await open(send(created, delta, quota, delta), send(completed));
    ask();
    await until(() => closed !== null, 'the end');
    assert.equal(closed, 1012);
    assert.deepEqual(types(), ['response.created', 'response.output_text.delta']);
  });

  it('has the client send its turn whole when it was told that a response was created', async () => {
    await open(send(created, quota), send(completed));
    ask();
    await until(() => closed !== null, 'the end');
    assert.equal(closed, 1012);
    assert.deepEqual(types(), ['response.created', 'error']);
    const {code} = (frames[1] as Frame)['error'] as {code: string};
    assert.equal(code, 'websocket_connection_limit_reached');
    assert.deepEqual(backend.asked, ['a']);
  });

  it('answers in place of an account that may not connect, and stays open', async () => {
    await open(send(quota), send(completed));
    backend.refused.set('b', 418);
    ask();
    await shown('error');
    const [refused] = frames as {status?: number; error?: {type: string}}[];
    assert.equal(refused?.status, 418);
    assert.equal(refused.error?.type, 'upstream_refused');
    assert.equal(closed, null);
  });

  it('goes on with the newer of two requests', async () => {
    const waiting: Script = (socket, account) => send(created)(socket, account);
    await open(waiting, send(delta, completed));
    ask();
    await shown('response.created');
    ask();
    await shown('response.completed');
    assert.ok(world.log.lines.some((line) => line.startsWith('ws turn') && line.endsWith('(overtaken)')));
    assert.deepEqual(types(), ['response.created', 'response.output_text.delta', 'response.completed']);
  });

  it('sends on what is no request, both ways', async () => {
    await open(send({type: 'of tomorrow'}));
    client.send(JSON.stringify({type: 'hello'}));
    await shown('of tomorrow');
  });

  for (const [what, bytes] of BREACHES) {
    it(`gives up a backend that sends ${what} and stays open, and has the client connect anew`, async () => {
      await open((socket, account) => {
        send(created)(socket, account);
        sendRaw(bytes)(socket, account);
      });
      ask();
      await until(() => closed !== null, 'the client to be told', 5000);
      assert.equal(closed, 1006);
      assert.deepEqual(types(), ['response.created']);
    });
  }

  it('closes as a backend that says so closes, and keeps its socket open', async () => {
    await open(sendRaw(Buffer.from([0x88, 0x02, 0x03, 0xf4])));
    ask();
    await until(() => closed !== null, 'the client to be told', 5000);
    assert.equal(closed, 1012);
  });

  it('closes as the backend closes', async () => {
    await open((socket) => socket.close(4001, 'because'));
    ask();
    await until(() => closed !== null, 'the end');
    assert.equal(closed, 4001);
    assert.ok(world.log.lines.some((line) => /backend closed the connection \(4001\)/.test(line)));
  });

  it('knows a thread by its cache key where no header tells it', async () => {
    await openWith({}, send(completed));
    ask({prompt_cache_key: 'key-of-thread'});
    await shown('response.completed');
    assert.ok(world.log.lines.some((line) => /^ws turn thread=\S*of-thread /.test(line)));
  });

  it('counts a turn as under way until its end', async () => {
    await open((socket, account) => {
      send(created, delta)(socket, account);
      socket.once('message', () => send(completed)(socket, account));
    });
    ask();
    await shown('response.output_text.delta');
    const inFlight = async (): Promise<number> => {
      const response = await fetch(`${world.gateway.url}/cao/status`, {
        headers: {authorization: `Bearer ${world.secret}`},
      });
      return ((await response.json()) as {inFlight: number}).inFlight;
    };
    assert.equal(await inFlight(), 1);
    client.send(JSON.stringify({type: 'go on'}));
    await shown('response.completed');
    assert.equal(await inFlight(), 0);
  });
});
