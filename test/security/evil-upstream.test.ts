import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {type AddressInfo, type Server, type Socket, createServer} from 'node:net';

import WebSocket from 'ws';

import {SOUND_ANSWER} from '../support/evil-backend.js';
import {type GatewayWorld, createGatewayWorld, say} from '../support/gateway.js';

/** How long the backend may be silent, milliseconds; a stream 2.5 times as long. */
const REQUEST_MS = 400;
/** How long anything here may take on a machine that is busy with other things. */
const MOST_MS = 10_000;

/** What a backend does with a connection once a request, its body too, has come on it. */
type Behaviour = (socket: Socket, request: string) => void;

let world: GatewayWorld;
let server: Server;
let behave: Behaviour;
let stranger: Server;
/** What was asked for at another server, to which nothing may be led. */
let led: string[];
const open = new Set<Socket>();

before(async () => {
  server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    let request = '';
    socket.on('data', (data) => {
      request += data.toString('latin1');
      const end = request.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0);
      if (request.length < end + 4 + length) return;
      const whole = request;
      request = '';
      behave(socket, whole);
    });
  }).listen(0, '127.0.0.1');
  led = [];
  stranger = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('data', (data) => led.push(data.toString('latin1')));
  }).listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(stranger, 'listening')]);
  const {port} = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/backend-api/codex`;
  world = await createGatewayWorld({
    config: {baseUrl, requestTimeoutMs: REQUEST_MS, upstreamMaxRetries: 0},
  });
});
after(async () => {
  for (const socket of open) socket.destroy();
  server.close();
  stranger.close();
  await world.close();
});
afterEach('the gateway serves on', async () => {
  for (const socket of open) socket.destroy();
  behave = (socket) => socket.end(`${EVENTS}connection: close\r\n\r\n${SOUND_ANSWER}`);
  const {status, body} = await ask();
  assert.deepEqual({status, body}, {status: 200, body: SOUND_ANSWER});
  assert.deepEqual(led, []);
});

const EVENTS = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';

/** What a client gets: `cut` where it can tell that the answer is not whole. */
async function ask(): Promise<{status: number; body: string; cut: boolean}> {
  const response = await within(world.post(say('hi'), {'thread-id': 't'}));
  const reader = response.body?.getReader();
  let body = '';
  try {
    for (;;) {
      const part = await within(reader?.read() ?? Promise.reject(new Error('no body')));
      if (part.done) return {status: response.status, body, cut: false};
      body += Buffer.from(part.value).toString('latin1');
    }
  } catch (error) {
    assert.doesNotMatch(String(error), /not within/);
    return {status: response.status, body, cut: true};
  }
}

function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${MOST_MS} ms`)), MOST_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Sends something again and again for as long as it is taken. */
function endlessly(socket: Socket, text: string): void {
  const send = (): void => {
    while (!socket.destroyed && socket.write(text));
    if (!socket.destroyed) socket.once('drain', send);
  };
  send();
}

/** Sends something a letter at a time, always in time for the next. */
function drip(socket: Socket, letter: string): void {
  const timer = setInterval(() => socket.write(letter), REQUEST_MS / 10);
  socket.once('close', () => clearInterval(timer));
}

describe('a backend that answers over HTTP', () => {
  /** An error that says so, in place of an answer. */
  const REFUSED: [how: string, behave: Behaviour, status: RegExp][] = [
    ['with nothing, and closes', (socket) => socket.end(), /^502$/],
    ['with a reset', (socket) => socket.resetAndDestroy(), /^502$/],
    ['with nothing, and stays', () => undefined, /^504$/],
    ['with half a head, and stays', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-'), /^504$/],
    ['with no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'), /^502$/],
    ['with zeros', (socket) => socket.end(Buffer.alloc(1000)), /^502$/],
    ['with a status that is none', (socket) => socket.end('HTTP/1.1 9999 OK\r\n\r\n'), /^502$/],
    [
      'with two lengths',
      (socket) => socket.end(`${EVENTS}content-length: 1\r\ncontent-length: 2\r\n\r\nab`),
      /^502$/,
    ],
    [
      'with a length and chunks',
      (socket) => socket.end(`${EVENTS}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
      /^502$/,
    ],
    [
      'with headers without an end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        endlessly(socket, `x-a: ${'a'.repeat(1000)}\r\n`);
      },
      /^502$/,
    ],
    [
      'with a header of a megabyte',
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(1024 * 1024)}\r\n\r\n`),
      /^502$/,
    ],
    [
      'with what is provisional, without an end',
      (socket) => endlessly(socket, 'HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n'),
      /^50[24]$/,
    ],
    [
      'with a change of protocol that nobody asked for',
      (socket) =>
        socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
      /^502$/,
    ],
    [
      'with an error without an end',
      (socket) => {
        socket.write('HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\r\n');
        endlessly(socket, ' '.repeat(1000));
      },
      /^502$/,
    ],
    [
      'with a head letter by letter',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx-a: ');
        drip(socket, 'a');
      },
      /^504$/,
    ],
    [
      'with an error letter by letter',
      (socket) => {
        socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
        drip(socket, ' ');
      },
      /^504$/,
    ],
    [
      'with an error that stops in the middle',
      (socket) => socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{"error":'),
      /^50[24]$/,
    ],
  ];
  for (const [how, behaviour, status] of REFUSED) {
    it(`${how} is answered in its place`, async () => {
      behave = behaviour;
      const answer = await ask();
      assert.match(String(answer.status), status, answer.body.slice(0, 300));
    });
  }

  /** Part of an answer, of which the client can tell that it is not whole. */
  const CUT: [how: string, behave: Behaviour][] = [
    [
      'with less than the length that it told',
      (socket) => socket.end(`${EVENTS}content-length: 10000\r\n\r\n${SOUND_ANSWER.slice(0, 120)}`),
    ],
    [
      'with a chunk that is no chunk',
      (socket) => socket.end(`${EVENTS}transfer-encoding: chunked\r\n\r\n5\r\ndata:\r\nzz\r\n`),
    ],
    [
      'with chunks that never end',
      (socket) => socket.end(`${EVENTS}transfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n`),
    ],
    [
      'with half an answer, and a reset',
      (socket) => {
        socket.write(`${EVENTS}transfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n`, () =>
          setTimeout(() => socket.resetAndDestroy(), 50),
        );
      },
    ],
    [
      'with half an answer, and stays',
      (socket) => socket.write(`${EVENTS}transfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n`),
    ],
  ];
  for (const [how, behaviour] of CUT) {
    it(`${how} is told from one that is whole`, async () => {
      behave = behaviour;
      const {status, cut, body} = await ask();
      assert.ok(status >= 500 || cut, `${status} ${body.slice(0, 300)}`);
    });
  }

  it('with more than the length that it told is believed the length, and the rest is nobody’s answer', async () => {
    behave = (socket) =>
      socket.end(
        `${EVENTS}content-length: ${SOUND_ANSWER.length}\r\n\r\n${SOUND_ANSWER}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged`,
      );
    assert.deepEqual(await ask(), {status: 200, body: SOUND_ANSWER, cut: false});
  });

  it('with trailers is taken as it is', async () => {
    const size = SOUND_ANSWER.length.toString(16);
    behave = (socket) =>
      socket.end(
        `${EVENTS}transfer-encoding: chunked\r\n\r\n${size}\r\n${SOUND_ANSWER}\r\n0\r\nx-forged: yes\r\n\r\n`,
      );
    assert.deepEqual(await ask(), {status: 200, body: SOUND_ANSWER, cut: false});
  });

  for (const status of [301, 302, 303, 307, 308]) {
    it(`with ${status} leads no request, and no credential, elsewhere`, async () => {
      const {port} = stranger.address() as AddressInfo;
      behave = (socket) =>
        socket.end(
          `HTTP/1.1 ${status} Elsewhere\r\nlocation: http://127.0.0.1:${port}/steal\r\ncontent-length: 0\r\n\r\n`,
        );
      const response = await within(
        fetch(`${world.gateway.url}/v1/responses`, {
          method: 'POST',
          redirect: 'manual',
          headers: {authorization: `Bearer ${world.secret}`},
          body: JSON.stringify(say('hi')),
        }),
      );
      assert.equal(response.status, status);
      await response.arrayBuffer();
      assert.deepEqual(led, []);
    });
  }
});

describe('a backend that answers over a WebSocket', () => {
  /** What a client is told at last: an error's frame, the code of the close, or the status of the handshake. */
  async function end(): Promise<string> {
    const socket = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/v1/responses`, {
      headers: {authorization: `Bearer ${world.secret}`, 'thread-id': 't'},
    });
    try {
      return await within(
        new Promise<string>((resolve) => {
          socket.on('error', (error) => resolve(error.message));
          socket.on('close', (code) => resolve(`closed with ${code}`));
          socket.on('open', () => socket.send(JSON.stringify({type: 'response.create', ...say('hi')})));
        }),
      );
    } finally {
      socket.terminate();
    }
  }

  function accept(request: string): string {
    const key = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? '';
    const told = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    return `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${told}\r\n`;
  }

  const HANDSHAKES: [how: string, behave: Behaviour, end: RegExp][] = [
    ['with nothing, and closes', (socket) => socket.end(), /50[24]/],
    ['with nothing, and stays', () => undefined, /502/],
    [
      'with a head letter by letter',
      (socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nx-a: ');
        drip(socket, 'a');
      },
      /502/,
    ],
    [
      'with an error letter by letter',
      (socket) => {
        socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
        drip(socket, ' ');
      },
      /502/,
    ],
    [
      'without its proof',
      (socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
      /502/,
    ],
    [
      'with another proof',
      (socket) =>
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: AAAA\r\n\r\n',
        ),
      /502/,
    ],
    [
      'with an extension that nobody asked for',
      (socket, request) =>
        socket.write(`${accept(request)}sec-websocket-extensions: permessage-deflate\r\n\r\n`),
      /502/,
    ],
    [
      'with a protocol that nobody asked for',
      (socket, request) => socket.write(`${accept(request)}sec-websocket-protocol: x\r\n\r\n`),
      /502/,
    ],
    ['with 200', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), /50\d|200/],
    [
      'with an error without an end',
      (socket) => {
        socket.write('HTTP/1.1 500 Error\r\n\r\n');
        endlessly(socket, ' '.repeat(1000));
      },
      /50\d/,
    ],
  ];
  for (const [how, behaviour, told] of HANDSHAKES) {
    it(`${how} is refused`, async () => {
      behave = behaviour;
      assert.match(await end(), told);
    });
  }

  /** Bytes behind a good handshake. The backend keeps its socket open: it is noticed by what they are, at once. */
  const FRAMES: [what: string, bytes: Buffer][] = [
    ['a masked frame', Buffer.from([0x81, 0x82, 1, 2, 3, 4, 0x7a, 0x7f])],
    ['a reserved bit', Buffer.from([0xc1, 0x02, 0x7b, 0x7d])],
    ['an unknown kind', Buffer.from([0x83, 0x00])],
    ['a ping in parts', Buffer.from([0x09, 0x00])],
    ['a part of nothing', Buffer.from([0x80, 0x00])],
    ['text that is no UTF-8', Buffer.from([0x81, 0x02, 0xc3, 0x28])],
    ['a frame longer than any', Buffer.from([0x82, 0x7f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ['a close that is none', Buffer.from([0x88, 0x01, 0x03])],
    ['an answer over HTTP', Buffer.from(`${EVENTS}\r\n${SOUND_ANSWER}`)],
    ['zeros', Buffer.alloc(100)],
  ];
  for (const [what, bytes] of FRAMES) {
    it(`with ${what} is noticed at once, and the client connects anew`, async () => {
      behave = (socket, request) => {
        socket.write(`${accept(request)}\r\n`);
        // The request follows as a frame, which is left unread; it is time then.
        socket.removeAllListeners('data');
        socket.once('data', () => socket.write(bytes));
      };
      const startedAt = performance.now();
      assert.match(await end(), /^closed with (1012|1011|1006)$/);
      assert.ok(performance.now() - startedAt < MOST_MS / 2);
    });
  }
});
