import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingMessage, request as httpRequest} from 'node:http';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {gunzipSync, gzipSync} from 'node:zlib';

import {decompress} from 'fzstd';
import {WebSocket} from 'ws';

import {EvilBackend, SOUND_ANSWER} from '../support/evil-backend.js';
import {type GatewayWorld, createGatewayWorld} from '../support/gateway.js';
import {loopDelayDuring, timeOf} from '../support/loop-delay.js';
import {until} from '../support/until.js';
import {zstdBomb} from '../support/zstd.js';

const MIB = 1024 * 1024;

/** On a machine that is busy with other things so long a wait says nothing. */
const ALWAYS_MS = 1000;

type Answer = {status: number; body: string};

let backend: EvilBackend;
let world: GatewayWorld;

before(async () => {
  backend = await EvilBackend.start();
  world = await createGatewayWorld({config: {baseUrl: backend.baseUrl, upstreamMaxRetries: 0}});
  await post(Buffer.from('{}'));
});
after(async () => {
  await world.close();
  backend.close();
});
beforeEach(() => backend.reset());

async function post(body: Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const request = httpRequest(`${world.gateway.url}/v1/responses`, {
    method: 'POST',
    headers: {authorization: `Bearer ${world.secret}`, 'content-length': body.length, ...headers},
  });
  const answered = once(request, 'response');
  for (let at = 0; at < body.length; at += MIB) {
    if (!request.write(body.subarray(at, at + MIB))) await once(request, 'drain');
  }
  request.end();
  const [response] = (await answered) as [IncomingMessage];
  let text = '';
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (text.length < 10_000) text += String(chunk);
  }
  return {status: response.statusCode ?? 0, body: size > text.length ? `${size} bytes` : text};
}

/**
 * The gateway must hold others up for no more than a quarter of what the same would take done at once. What the machine
 * does besides holds them up too: the best of three counts.
 */
async function assertNobodyWaits<T>(aloneMs: number, attack: () => Promise<T>): Promise<T> {
  const most = Math.max(ALWAYS_MS, aloneMs / 4);
  const delays: number[] = [];
  for (let time = 0; time < 3; time += 1) {
    backend.received.length = 0;
    const {delayMs, value} = await loopDelayDuring(attack);
    if (delayMs < most) return value;
    delays.push(Math.round(delayMs));
  }
  assert.fail(`the loop was held up for ${delays.join(', ')} ms, ${Math.round(aloneMs)} at once`);
}

/** A gzip file of many members, each of which unfolds into 16 MiB of spaces. */
function gzipBomb(mebibytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(16 * MIB, 0x20));
  return Buffer.concat(Array.from({length: mebibytes / 16}, () => member));
}

const ZSTD_BOMB = zstdBomb(3000, 1, 23);

/** All of it would take seconds. */
const timeOfZstdBomb = (): number => 30 * timeOf(() => decompress(zstdBomb(100, 1, 23)));
const objects = (count: number): string => `{"x":[${'{},'.repeat(count)}{}]}`;
const nest = (depth: number): string => `{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;

describe('a request that is made to cost', () => {
  type Case = [
    what: string,
    make: () => Buffer,
    encoding: string | null,
    timeAtOnce: (raw: Buffer) => number,
    status: number,
  ];
  const timeToParse = (raw: Buffer): number => timeOf(() => JSON.parse(raw.toString()) as unknown);
  const CASES: Case[] = [
    ['240 KB of gzip', () => gzipBomb(240), 'gzip', (raw) => timeOf(() => gunzipSync(raw).toString()), 413],
    ['12 KB of zstd', () => ZSTD_BOMB, 'zstd', timeOfZstdBomb, 413],
    ['millions of objects', () => Buffer.from(objects(2e6)), null, timeToParse, 413],
    ['a nest of two million', () => Buffer.from(nest(2e6)), null, timeToParse, 400],
    ['a nest of a hundred thousand', () => Buffer.from(nest(1e5)), null, timeToParse, 400],
  ];
  for (const [what, make, encoding, timeAtOnce, status] of CASES) {
    it(`(${what}) is refused with ${status}, and holds up nobody`, async () => {
      const raw = make();
      const aloneMs = timeAtOnce(raw);
      const headers = encoding === null ? {} : {'content-encoding': encoding};
      const answer = await assertNobodyWaits(aloneMs, () => post(raw, headers));
      assert.equal(answer.status, status, answer.body);
      assert.match(answer.body, /The gateway cannot read this request: it .*Begin a new conversation/);
      assert.deepEqual(backend.received, []);
    });

    it(`(${what}) is the backend's to judge where nothing of it has to be known`, async () => {
      const raw = make();
      const headers = encoding === null ? {} : {'content-encoding': encoding};
      assert.deepEqual(await post(raw, {...headers, 'thread-id': 't'}), {status: 200, body: SOUND_ANSWER});
      assert.deepEqual(backend.received, [raw.length]);
    });
  }

  it('keeps nobody else from being served', async () => {
    const bombs = Array.from({length: 4}, () => post(ZSTD_BOMB, {'content-encoding': 'zstd'}));
    assert.equal((await post(Buffer.from('{"prompt_cache_key":"k"}'))).status, 200);
    for (const bomb of await Promise.all(bombs)) assert.equal(bomb.status, 413);
  });
});

describe('a large request that is sound', () => {
  const large = (): Buffer =>
    Buffer.from(
      JSON.stringify({
        prompt_cache_key: 'large',
        input: [
          {type: 'reasoning', encrypted_content: 'x'},
          ...Array.from({length: 30}, () => ({type: 'input_image', image_url: 'a'.repeat(MIB)})),
        ],
      }),
    );

  it('goes on byte for byte, and holds up nobody', async () => {
    const raw = large();
    const aloneMs = timeOf(() => JSON.parse(raw.toString()));
    await assertNobodyWaits(4 * aloneMs, () => post(raw));
    assert.deepEqual(backend.received, [raw.length]);
  });

  it('goes on without what its account cannot read', async () => {
    const raw = large();
    const sound = backend.answer;
    backend.answer = (response) => {
      backend.answer = sound;
      const error = {code: 'invalid_encrypted_content', message: 'x'};
      response.writeHead(400, {'content-type': 'application/json'}).end(JSON.stringify({error}));
    };
    assert.equal((await post(raw, {'thread-id': 'large'})).status, 200);
    const [whole, rest] = backend.received;
    assert.equal(whole, raw.length);
    assert.equal(rest, raw.length - '{"type":"reasoning","encrypted_content":"x"},'.length);
  });
});

describe('an answer that is made to cost', () => {
  for (const [what, encoding, make] of [
    ['gzip', 'gzip', () => gzipBomb(240)],
    ['zstd', 'zstd', () => ZSTD_BOMB],
  ] as const) {
    it(`(an error in ${what}) is answered 502 in its place, and holds up nobody`, async () => {
      const raw = make();
      const aloneMs = encoding === 'gzip' ? timeOf(() => gunzipSync(raw)) : timeOfZstdBomb();
      backend.answer = (response) => response.writeHead(400, {'content-encoding': encoding}).end(raw);
      const answer = await assertNobodyWaits(aloneMs, () => post(Buffer.from('{}')));
      assert.equal(answer.status, 502);
      assert.match(answer.body, /upstream_unreadable.*The backend's answer cannot be read: it /);
    });
  }

  const STREAMS: [what: string, stream: () => Buffer][] = [
    ['an event of 32 MiB', () => Buffer.from(`data: {"x":"${'x'.repeat(32 * MIB)}"}\n\n${SOUND_ANSWER}`)],
    [
      'events of two letters by the hundred thousand',
      () => Buffer.from('data:xx\n\n'.repeat(1e5) + SOUND_ANSWER),
    ],
    [
      'events of ten thousands of members',
      () => Buffer.from(`data: {${'"key":1,'.repeat(1e5)}"key":1}\n\n`.repeat(8) + SOUND_ANSWER),
    ],
  ];
  for (const [what, make] of STREAMS) {
    it(`(${what}) is handed on, and holds up nobody`, async () => {
      const stream = make();
      backend.answer = (response) =>
        response.writeHead(200, {'content-type': 'text/event-stream'}).end(stream);
      const answer = await assertNobodyWaits(0, () => post(Buffer.from('{}')));
      assert.deepEqual(answer, {status: 200, body: `${stream.length} bytes`});
    });
  }
});

describe('an answer in chunks of one byte', () => {
  const LETTERS = MIB;
  /** What undici took for it that began anew at each full buffer: a minute. */
  const MOST_MS = 20_000;

  it('is handed on as quickly as one in large chunks, nearly, and holds up nobody', async () => {
    const stream = `data: {"x":"${'x'.repeat(LETTERS)}"}\n\n${SOUND_ANSWER}`;
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
    const raw = Buffer.from(`${head}${stream.replaceAll(/[^]/g, '1\r\n$&\r\n')}0\r\n\r\n`);
    backend.answer = (response) => response.socket?.end(raw);
    const startedAt = performance.now();
    const answer = await assertNobodyWaits(0, () => post(Buffer.from('{}')));
    assert.deepEqual(answer, {status: 200, body: `${stream.length} bytes`});
    assert.ok(performance.now() - startedAt < MOST_MS, `${performance.now() - startedAt} ms`);
  });
});

describe('a message that is made to cost', () => {
  /** The first message that comes back and is no output, or how the connection was closed. */
  async function ask(message: Buffer): Promise<string> {
    const socket = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/v1/responses`, {
      headers: {authorization: `Bearer ${world.secret}`},
      perMessageDeflate: false,
      maxPayload: 0,
      // Masking is not what is measured.
      generateMask: () => undefined,
    });
    try {
      await once(socket, 'open');
      return await new Promise((resolve) => {
        socket.on('message', (data: Buffer) => {
          const text = data.toString('latin1', 0, 200);
          if (/"type":"(?:response\.completed|error)"/.test(text)) resolve(text);
        });
        socket.once('error', () => undefined);
        socket.once('close', (code) => resolve(`closed with ${code}`));
        socket.send(message, {binary: false});
      });
    } finally {
      socket.terminate();
    }
  }
  const create = Buffer.from('{"type":"response.create","prompt_cache_key":"k","input":[]}');
  const untyped = (): Buffer => Buffer.from(objects(4e6));

  it('(100 MiB) is refused with 1009, as the backend does', async () => {
    const message = Buffer.alloc(100 * MIB, 'x');
    assert.equal(await assertNobodyWaits(2000, () => ask(message)), 'closed with 1009');
    assert.deepEqual(backend.received, []);
  });

  it('(of a client, millions of objects before its type) is refused with 413, and holds up nobody', async () => {
    const message = untyped();
    const aloneMs = timeOf(() => JSON.parse(message.toString()));
    assert.match(await assertNobodyWaits(aloneMs, () => ask(message)), /"status":413/);
    assert.deepEqual(backend.received, []);
  });

  it('(of the backend, millions of objects before its type) is handed on, and holds up nobody', async () => {
    const message = untyped();
    const aloneMs = timeOf(() => JSON.parse(message.toString()));
    const sayAll = backend.onMessage;
    backend.onMessage = (socket) => {
      socket.send(message, {binary: false});
      sayAll(socket);
    };
    assert.match(await assertNobodyWaits(aloneMs, () => ask(create)), /response\.completed/);
  });
});

describe('the memory of a gateway that was sent large bodies', () => {
  it('is given back', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const used = (): number => {
      gc();
      const {heapUsed, external} = process.memoryUsage();
      return heapUsed + external;
    };
    await post(Buffer.from('{}'));
    const base = used();
    for (let time = 0; time < 3; time += 1) {
      const body = Buffer.alloc(24 * MIB, 0x20);
      await Promise.all(['a', 'b'].map((thread) => post(body, {'thread-id': thread})));
    }
    await until(() => used() < base + 16 * MIB, 'the memory to be given back', 5000);
  });
});
