import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type Socket, connect} from 'node:net';

import {fetchStatus} from '../../src/gateway/control/probe.js';
import {type GatewayWorld, createGatewayWorld, outputOf, say} from '../support/gateway.js';
import {figures, times} from '../support/soak.js';
import {until} from '../support/until.js';

const SUITE = 'test/security/evil-clients.test.ts';
const PATIENCE = {headMs: 400, requestMs: 800};
/** How long anything here may take on a machine that is busy with other things. */
const MOST_MS = 10_000;

let world: GatewayWorld;
const sockets = new Set<Socket>();

before(async () => {
  world = await createGatewayWorld({gateway: {patience: PATIENCE}});
});
after(() => world.close());
afterEach('whoever is honest is served', async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await outputOf(await world.post(say('say: hello')));
  // What was under way for clients that are gone has ended.
  await until(async () => {
    const status = await fetchStatus(world.gateway.url, world.secret);
    return status?.accounts.every(({inFlight}) => inFlight === 0) && status.webSockets === 0;
  }, 'nothing to be under way');
});

function dial(to = world): Socket {
  const socket = connect(to.gateway.port, '127.0.0.1');
  sockets.add(socket);
  return socket.on('error', () => undefined);
}

/** All that comes until the connection is closed. */
async function closed(socket: Socket): Promise<string> {
  let told = '';
  socket.setEncoding('latin1').on('data', (text: string) => (told += text));
  if (!socket.closed) {
    const late = setTimeout(() => socket.destroy(new Error('late')), MOST_MS);
    await once(socket, 'close').catch((error: unknown) =>
      assert.fail(`still open: ${String(error)}; ${told}`),
    );
    clearTimeout(late);
    assert.notEqual(socket.errored?.message, 'late', `still open after: ${told.slice(0, 300)}`);
  }
  return told;
}

/** Requests that came to the backend, whatever they were for. */
const forwarded = (): number => world.simulator.requests.length;

const head = (more: string, method = 'POST', path = '/v1/responses'): string =>
  `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${world.secret}\r\n${more}`;

describe('bytes that are no HTTP', () => {
  const HIDDEN = 'POST /v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 2\r\n\r\n{}';
  const CASES: [what: string, bytes: () => string, status: RegExp | null][] = [
    [
      'a length and chunks',
      () => head(`content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`),
      /^400/,
    ],
    ['two lengths', () => head(`content-length: 2\r\ncontent-length: 3\r\n\r\n{} ${HIDDEN}`), /^400/],
    ['a list of lengths', () => head('content-length: 2, 2\r\n\r\n{}'), /^400/],
    ['a negative length', () => head('content-length: -2\r\n\r\n{}'), /^400/],
    ['a length with a sign', () => head('content-length: +2\r\n\r\n{}'), /^400/],
    ['an unknown coding', () => head('transfer-encoding: xchunked\r\n\r\n0\r\n\r\n'), /^400/],
    ['chunked that is not last', () => head('transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n'), /^400/],
    ['a chunk of no size', () => head('transfer-encoding: chunked\r\n\r\nzz\r\n'), /^400/],
    [
      'a chunk of a size beyond numbers',
      () => head(`transfer-encoding: chunked\r\n\r\n${'F'.repeat(17)}\r\n`),
      /^400/,
    ],
    [
      'a chunk with an extension of 64 KiB',
      () => head(`transfer-encoding: chunked\r\n\r\n1;${'x'.repeat(65_536)}\r\n`),
      /^4\d\d/,
    ],
    ['lines that end in LF alone', () => head('content-length: 2\n\n{}'), /^400/],
    ['a NUL in a header', () => head('x-a: a\0b\r\ncontent-length: 0\r\n\r\n'), /^400/],
    ['a header that is folded', () => head('x-a: a\r\n b\r\ncontent-length: 0\r\n\r\n'), /^400/],
    ['a space before a colon', () => head('content-length : 2\r\n\r\n{}'), /^400/],
    ['a header of 200 KiB', () => head(`x-a: ${'a'.repeat(200 * 1024)}\r\n\r\n`), /^431/],
    [
      'no Host',
      () =>
        `POST /v1/responses HTTP/1.1\r\nauthorization: Bearer ${world.secret}\r\ncontent-length: 0\r\n\r\n`,
      /^400/,
    ],
    [
      'another server’s address',
      () =>
        head('connection: close\r\ncontent-length: 0\r\n\r\n', 'POST', 'http://evil.example/v1/responses'),
      /^400/,
    ],
    [
      'a path that climbs',
      () => head('connection: close\r\ncontent-length: 0\r\n\r\n', 'POST', '/v1/../../responses'),
      /^400/,
    ],
    [
      'a path that climbs in disguise',
      () => head('connection: close\r\ncontent-length: 0\r\n\r\n', 'POST', '/v1/%2e%2e/%2e%2e/responses'),
      /^400/,
    ],
    ['CONNECT', () => head('\r\n', 'CONNECT', 'evil.example:443'), null],
    ['HTTP/0.9', () => 'GET /\r\n\r\n', /^40[03]/],
    ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', null],
    ['TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^400/],
    ['zeros', () => '\0'.repeat(1000), /^400/],
  ];
  for (const [what, bytes, status] of CASES) {
    it(`(${what}) are refused, and nothing of them is forwarded`, async () => {
      const before = forwarded();
      const socket = dial();
      socket.end(bytes(), 'latin1');
      const told = await closed(socket);
      if (status) assert.match(told.replace(/^HTTP\/1\.1 /, ''), status);
      else assert.doesNotMatch(told, /^HTTP\/1\.1 2/);
      assert.equal(forwarded(), before);
    });
  }

  for (const method of ['TRACE', 'PROPFIND', 'PURGE']) {
    it(`(${method}) are refused, as nothing here is asked for so`, async () => {
      const before = forwarded();
      const socket = dial();
      socket.write(head('connection: close\r\n\r\n', method));
      assert.match(await closed(socket), /^HTTP\/1\.1 405/);
      assert.equal(forwarded(), before);
    });
  }
});

describe('frames that are no WebSocket', () => {
  const MASK = Buffer.from([1, 2, 3, 4]);

  /** A client's frame as the parts say, whether or not that makes sense. */
  function frame({
    first,
    payload = Buffer.alloc(0),
    masked = true,
    length = payload.length,
  }: {
    first: number;
    payload?: Buffer;
    masked?: boolean;
    length?: number | bigint;
  }): Buffer {
    const mask = masked ? 0x80 : 0;
    const size =
      typeof length === 'bigint'
        ? [mask | 127, ...bigEndian(length)]
        : length < 126
          ? [mask | length]
          : [mask | 126, length >> 8, length & 0xff];
    const hidden = masked ? Buffer.from(payload.map((byte, at) => byte ^ (MASK[at % 4] ?? 0))) : payload;
    return Buffer.concat([Buffer.from([first, ...size]), masked ? MASK : Buffer.alloc(0), hidden]);
  }
  const bigEndian = (value: bigint): number[] => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return [...bytes];
  };
  const text = (content: string): Buffer => Buffer.from(content);

  const CASES: [what: string, bytes: () => Buffer, code: number][] = [
    ['not masked', () => frame({first: 0x81, payload: text('{}'), masked: false}), 1002],
    ['with a reserved bit', () => frame({first: 0xc1, payload: text('{}')}), 1002],
    ['of an unknown kind', () => frame({first: 0x83, payload: text('{}')}), 1002],
    ['of an unknown control kind', () => frame({first: 0x8b}), 1002],
    ['a ping in parts', () => frame({first: 0x09, payload: text('x')}), 1002],
    ['a ping that is too long', () => frame({first: 0x89, payload: Buffer.alloc(126)}), 1002],
    ['that goes on with nothing', () => frame({first: 0x80, payload: text('{}')}), 1002],
    [
      'a message within another',
      () =>
        Buffer.concat([frame({first: 0x01, payload: text('{')}), frame({first: 0x81, payload: text('}')})]),
      1002,
    ],
    ['text that is no UTF-8', () => frame({first: 0x81, payload: Buffer.from([0xc3, 0x28])}), 1007],
    ['longer than any', () => frame({first: 0x82, length: 2n ** 63n - 1n}), 1009],
    ['longer than may be held', () => frame({first: 0x82, length: 2n ** 31n}), 1009],
    ['a close of one byte', () => frame({first: 0x88, payload: Buffer.from([3])}), 1002],
    [
      'a close with a code that none may send',
      () => frame({first: 0x88, payload: Buffer.from([0x03, 0xed])}),
      1002,
    ],
    [
      'twenty thousand parts of a byte',
      () =>
        Buffer.concat([
          frame({first: 0x01, payload: text('{')}),
          ...Array.from({length: 20_000}, () => frame({first: 0, payload: text(' ')})),
        ]),
      1008,
    ],
    ['no frames at all', () => Buffer.from(`${head('content-length: 2\r\n\r\n')}{}`), 1002],
  ];
  for (const [what, bytes, code] of CASES) {
    it(`(${what}) close the connection with ${code}, and are not forwarded`, async () => {
      const before = world.asked.length;
      const socket = dial();
      socket.write(
        head(
          'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
          'GET',
        ),
      );
      const [greeting] = (await once(socket, 'data')) as [Buffer];
      assert.match(greeting.toString(), /^HTTP\/1\.1 101/);
      socket.write(bytes());
      const told = Buffer.from(await closed(socket), 'latin1');
      assert.equal(told[0], 0x88, told.toString('hex').slice(0, 100));
      assert.equal(told.readUInt16BE(2), code);
      assert.equal(world.asked.length, before);
    });
  }
});

describe('a client that takes its time', () => {
  const CASES: [what: string, begin: () => string, more: string][] = [
    ['says nothing', () => '', ''],
    ['sends a head letter by letter', () => 'GET /v1/models HTTP/1.1\r\nx-a: ', 'a'],
    ['sends a body letter by letter', () => head('content-length: 100000\r\n\r\n'), ' '],
    ['sends a body in chunks of a letter', () => head('transfer-encoding: chunked\r\n\r\n'), '1\r\n \r\n'],
    [
      'sends a body letter by letter without a credential',
      () => 'POST /v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100000\r\n\r\n',
      ' ',
    ],
  ];
  for (const [what, begin, more] of CASES) {
    it(`(one that ${what}) is given up in time, and nothing of it is forwarded`, async () => {
      const before = forwarded();
      const socket = dial();
      socket.write(begin());
      const dripping = setInterval(() => socket.write(more), 20);
      try {
        assert.match(await closed(socket), /^HTTP\/1\.1 (408|401)/);
      } finally {
        clearInterval(dripping);
      }
      assert.equal(forwarded(), before);
    });
  }
});

describe('a flood', () => {
  const FLOOD = times({short: 1500, long: 8000});
  /** Without the impatience that would end the flood by itself. */
  let patient: GatewayWorld;
  before(async () => {
    patient = await createGatewayWorld();
  });
  after(() => patient.close());

  it(`of ${FLOOD} connections takes no place from those that are known, nor keeps new ones out`, async () => {
    // One that was there before, in the middle of its answer.
    const hold = patient.simulator.account('a').hold({at: 'created'});
    const under = patient.post(say('say: still here'), {'thread-id': 'under'});
    await hold.reached;
    const headers = {authorization: `Bearer ${patient.secret}`};
    const waits: number[] = [];
    let open = 0;
    for (let made = 0; made < FLOOD; made += 100) {
      const batch = Array.from({length: 100}, () => dial(patient).resume());
      await Promise.all(batch.map((socket) => once(socket, 'connect')));
      open += batch.length;
      for (const socket of batch) socket.once('close', () => (open -= 1));
      const startedAt = performance.now();
      const response = await fetch(`${patient.gateway.url}/v1/models?client_version=1`, {headers});
      assert.equal(response.status, 200);
      await response.arrayBuffer();
      waits.push(performance.now() - startedAt);
    }
    await until(() => open <= 500, 'all but 500 of the flood to be closed');
    hold.release();
    assert.match(JSON.stringify(await outputOf(await under)), /still here/);
    const honestSlowestMs = Math.max(...waits);
    assert.ok(honestSlowestMs < 3000, `${honestSlowestMs} ms`);
    await figures(SUITE, {flood: FLOOD, honestSlowestMs});
  });
});

describe('a client that goes away', () => {
  const ROUNDS = times({short: 3, long: 200});
  const upgrade = (): string =>
    head(
      'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      'GET',
    );
  const request = (): string => {
    const body = JSON.stringify(say('words: 50'));
    return `${head(`content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`)}${body}`;
  };
  const CASES: [when: string, bytes: () => string, until: 'sent' | 'answered'][] = [
    ['after the head', () => head('content-length: 100\r\n\r\n'), 'sent'],
    ['in the middle of its body', () => head('content-length: 100\r\n\r\n{"model":'), 'sent'],
    ['as soon as it has asked', request, 'sent'],
    ['in the middle of its answer', request, 'answered'],
    ['in the middle of the upgrade', upgrade, 'sent'],
    ['on a WebSocket', upgrade, 'answered'],
  ];
  before(() => (world.simulator.account('a').eventDelayMs = 5));
  after(() => (world.simulator.account('a').eventDelayMs = 0));

  for (const [when, bytes, until] of CASES) {
    it(`${when} leaves nothing behind`, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const socket = dial();
        socket.write(bytes());
        await once(socket, until === 'sent' ? 'connect' : 'data');
        if (round % 2 === 0) socket.resetAndDestroy();
        else socket.destroy();
      }
    });
  }
});
