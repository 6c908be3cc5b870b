import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type Server, type Socket, createServer} from 'node:net';
import type {AddressInfo} from 'node:net';

import {Agent, type Dispatcher} from 'undici';

import {joinChunks} from '../../../src/codex/backend/join-chunks.js';

const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Case: As It Came\r\n\r\n';
const END = '0\r\n\r\n';

/** A body in chunks of one byte. */
const byByte = (text: string): string => text.replaceAll(/[^]/g, '1\r\n$&\r\n');

describe('joining the chunks of an answer', () => {
  let server: Server;
  let agent: Dispatcher;
  /** What the backend does once it was asked. */
  let answer: (socket: Socket) => void;

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => answer(socket));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    agent = new Agent().compose(joinChunks);
  });
  afterEach(async () => {
    await agent.destroy();
    server.close();
  });

  const ask = (): Promise<Dispatcher.ResponseData> =>
    agent.request({
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      path: '/',
      method: 'GET',
      responseHeaders: 'raw',
    });

  async function piecesOf({body}: Dispatcher.ResponseData): Promise<string[]> {
    const pieces: string[] = [];
    for await (const piece of body) pieces.push(String(piece));
    return pieces;
  }

  it('makes few pieces of what came at one time, and loses none of it', async () => {
    const text = 'abcdefghij'.repeat(10_000);
    answer = (socket) => socket.write(HEAD + byByte(text) + END);
    const pieces = await piecesOf(await ask());
    assert.equal(pieces.join(''), text);
    assert.ok(pieces.length < 1000, `${pieces.length} pieces`);
  });

  it('holds nothing back that came alone', async () => {
    const sockets: Socket[] = [];
    answer = (socket) => {
      sockets.push(socket);
      socket.write(HEAD + byByte('a'));
    };
    const {body} = await ask();
    const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (const letter of ['a', 'b', 'c']) {
      assert.equal(String((await iterator.next()).value), letter);
      sockets[0]?.write(letter === 'c' ? END : byByte(String.fromCharCode(letter.charCodeAt(0) + 1)));
    }
    assert.equal((await iterator.next()).done, true);
  });

  it('hands on what came before an error', async () => {
    answer = (socket) => socket.end(HEAD + byByte('abc'));
    const {body} = await ask();
    let text = '';
    await assert.rejects(async () => {
      for await (const piece of body) text += String(piece);
    }, /other side closed|terminated/);
    assert.equal(text, 'abc');
  });

  it('waits for who reads slowly', async () => {
    const text = 'x'.repeat(4 * 1024 * 1024);
    let written = false;
    answer = (socket) => socket.write(HEAD + byByte(text) + END, () => (written = true));
    const {body} = await ask();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(written, false);
    let size = 0;
    for await (const piece of body) size += (piece as Buffer).length;
    assert.equal(size, text.length);
  });

  it('leaves headers as they came', async () => {
    answer = (socket) => socket.end(`${HEAD}${END}`);
    const {headers, body} = await ask();
    await body.dump();
    const raw = headers as unknown as string[];
    assert.deepEqual(raw.slice(-2).map(String), ['X-Case', 'As It Came']);
  });

  it('breaks off when it is told to', async () => {
    const closed = new Promise<void>((resolve) => {
      answer = (socket) => {
        socket.once('close', () => resolve());
        socket.write(HEAD + byByte('a'));
      };
    });
    const {body} = await ask();
    body.on('error', () => undefined).destroy();
    await closed;
  });
});
