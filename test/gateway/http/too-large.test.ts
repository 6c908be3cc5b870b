import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type Socket, connect} from 'node:net';

import {MOST_BODY_BYTES} from '../../../src/gateway/turns/request-body.js';
import {type GatewayWorld, createGatewayWorld, outputOf, say} from '../../support/gateway.js';

const PIECE = Buffer.alloc(1024 * 1024, 0x20);
const PIECES = MOST_BODY_BYTES / PIECE.length + 6;

/** How a client says how much it sends, and how it sends one piece. */
const FRAMINGS: [what: string, header: string, before: string, after: string][] = [
  ['in chunks', 'transfer-encoding: chunked', `${PIECE.length.toString(16)}\r\n`, '\r\n'],
  ['with its length told', `content-length: ${PIECES * PIECE.length}`, '', ''],
];

describe('a request that is too large', () => {
  let world: GatewayWorld;
  before(async () => {
    world = await createGatewayWorld();
  });
  after(() => world.close());

  async function write(socket: Socket, data: Buffer | string): Promise<void> {
    if (!socket.write(data)) await once(socket, 'drain');
  }

  for (const [what, header, before, after] of FRAMINGS) {
    for (const path of ['/v1/responses', '/v1/wham/usage']) {
      it(`sent ${what} to ${path} is answered 413, also to a client that sends all before it reads`, async () => {
        const token = await world.accessToken('a');
        for (let time = 0; time < 2; time += 1) {
          const socket = connect(world.gateway.port, '127.0.0.1');
          await write(
            socket,
            `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n${header}\r\n\r\n`,
          );
          for (let n = 0; n < PIECES; n += 1)
            await write(socket, Buffer.concat([Buffer.from(before), PIECE, Buffer.from(after)]));
          if (before !== '') await write(socket, '0\r\n\r\n');
          let answer = '';
          for await (const data of socket.setEncoding('utf8')) answer += String(data);
          assert.match(answer, /^HTTP\/1\.1 413 .*connection: close.*request_too_large/is);
        }
      });
    }
  }

  it('keeps nobody else from being served meanwhile, and is given up where it never ends', async () => {
    const socket = connect(world.gateway.port, '127.0.0.1');
    await write(
      socket,
      `POST /v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${world.secret}\r\ncontent-length: ${2 ** 40}\r\n\r\n`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
    assert.ok((await outputOf(await world.post(say('hi')))).length > 0);
    socket.resume();
    let sent = 0;
    const sendOn = async (): Promise<void> => {
      for (; sent < 1024; sent += 1) await write(socket, PIECE);
    };
    await assert.rejects(sendOn(), {syscall: /^(write|read)$/});
    assert.ok(sent >= PIECES);
  });
});
