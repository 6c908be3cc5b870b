import assert from 'node:assert/strict';
import {brotliCompressSync, constants, deflateSync, gzipSync} from 'node:zlib';

import {decode} from '../../../src/gateway/bodies/decode.js';
import {BodyExcess} from '../../../src/gateway/bodies/excess.js';
import {zstdBomb, zstdFrame} from '../../support/zstd.js';

const MIB = 1024 * 1024;
const PLAIN = Buffer.from('{}');

describe('the decoding of a body', () => {
  it('is refused with a coding that is unknown or broken', async () => {
    await assert.rejects(decode(PLAIN, 'rot13', MIB), /unknown content-encoding/);
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd'])
      await assert.rejects(decode(PLAIN, encoding, MIB), (error) => !(error instanceof BodyExcess), encoding);
  });

  const SPACES = Buffer.alloc(33 * MIB, 0x20);
  const brotli = (bytes: Buffer): Buffer =>
    brotliCompressSync(bytes, {params: {[constants.BROTLI_PARAM_QUALITY]: 1}});
  const whole = (bytes: number, piece: number): Buffer => zstdBomb(bytes / piece, piece, 17);
  const ENCODED: [encoding: string, ofMore: Buffer, ofLess: Buffer][] = [
    ['gzip', gzipSync(SPACES), gzipSync(SPACES.subarray(0, 32 * MIB))],
    ['deflate', deflateSync(SPACES), deflateSync(SPACES.subarray(0, 32 * MIB))],
    ['br', brotli(SPACES), brotli(SPACES.subarray(0, 32 * MIB))],
    ['zstd', whole(33 * MIB, 128 * 1024), whole(32 * MIB, 128 * 1024)],
  ];
  for (const [encoding, more, less] of ENCODED) {
    it(`with ${encoding} ends where the body unfolds into more than a hundred times its size`, async () => {
      await assert.rejects(decode(more, encoding, 128 * MIB), {name: 'BodyExcess', excess: 'size'});
      assert.equal((await decode(less, encoding, 128 * MIB)).length, 32 * MIB);
    });

    it(`with ${encoding} ends where the body unfolds into more than is wanted`, async () => {
      await assert.rejects(decode(less, encoding, 32 * MIB - 1), {name: 'BodyExcess', excess: 'size'});
      assert.equal((await decode(less, encoding, 32 * MIB)).length, 32 * MIB);
    });
  }

  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
  const FRAMES: [what: string, raw: Buffer, text: string][] = [
    ['one frame', zstdFrame('ab'), 'ab'],
    ['nothing', zstdFrame(''), ''],
    ['two frames', Buffer.concat([zstdFrame('ab'), zstdFrame('cd')]), 'abcd'],
    ['repeated bytes', zstdBomb(2, 3, 10), ' '.repeat(6)],
    ['the largest window', zstdBomb(1, 3, 23), '   '],
    ['several blocks', zstdFrame('x'.repeat(300_000)), 'x'.repeat(300_000)],
  ];
  for (const [what, raw, text] of FRAMES)
    it(`reads zstd of ${what}`, async () => assert.equal((await decode(raw, 'zstd', MIB)).toString(), text));

  it('takes no longer for large zstd of a known length than its size', async () => {
    const raw = zstdFrame(Buffer.alloc(64 * MIB, 'x'));
    assert.equal((await decode(raw, 'zstd', 64 * MIB)).length, 64 * MIB);
    await assert.rejects(decode(raw, 'zstd', 64 * MIB - 1), {name: 'BodyExcess', excess: 'size'});
  });

  /** Says in its header that it unfolds into so many bytes, in a field of 4 or 8. */
  function claiming(length: number, fieldBytes: 4 | 8, windowLog: number): Buffer {
    const bomb = zstdBomb(400, 128 * 1024, windowLog);
    const field = Buffer.alloc(fieldBytes);
    field.writeUInt32LE(length);
    const descriptor = Buffer.from([fieldBytes === 4 ? 0x80 : 0xc0]);
    return Buffer.concat([bomb.subarray(0, 4), descriptor, bomb.subarray(5, 6), field, bomb.subarray(6)]);
  }

  for (const fieldBytes of [4, 8] as const) {
    for (const [windowLog, excess] of [
      [17, 'size'],
      [30, 'work'],
    ] as const) {
      it(`is not taken in by a length of 0 in ${fieldBytes} bytes, with a window of 2^${windowLog}`, async () => {
        const honest = zstdFrame('ab');
        const lie = claiming(0, fieldBytes, windowLog);
        for (const raw of [lie, Buffer.concat([honest, lie]), Buffer.concat([lie, honest])])
          await assert.rejects(decode(raw, 'zstd', MIB), {name: 'BodyExcess', excess});
      });
    }

    it(`holds no more than a length of 1 in ${fieldBytes} bytes says`, async () => {
      const decoded = await decode(claiming(1, fieldBytes, 17), 'zstd', MIB).catch(() => null);
      assert.ok((decoded?.length ?? 0) <= 1);
    });
  }

  const EXPENSIVE: [what: string, raw: Buffer][] = [
    ['a window of a gigabyte', zstdBomb(1, 1, 30)],
    ['a window beyond 8 MiB in a later frame', Buffer.concat([zstdBomb(1, 1, 10), zstdBomb(1, 1, 24)])],
    ['a window beyond 8 MiB behind a frame to skip', Buffer.concat([skipped, zstdBomb(1, 1, 24)])],
    ['small blocks by the thousand, each of which moves the window', zstdBomb(3000, 1, 23)],
  ];
  for (const [what, raw] of EXPENSIVE) {
    it(`does not begin with zstd of ${what}`, async () => {
      const before = process.cpuUsage();
      await assert.rejects(decode(raw, 'zstd', MIB), {name: 'BodyExcess', excess: 'work'});
      const {user, system} = process.cpuUsage(before);
      assert.ok(user + system < 200_000, `${user + system} µs`);
    });
  }
});
