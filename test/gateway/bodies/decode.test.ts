import assert from 'node:assert/strict';
import {brotliCompressSync, deflateSync, gzipSync} from 'node:zlib';

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

  const SPACES = Buffer.alloc(9 * MIB, 0x20);
  const whole = (bytes: number, piece: number): Buffer => zstdBomb(bytes / piece, piece, 17);
  const ENCODED: [encoding: string, ofNine: Buffer, ofEight: Buffer][] = [
    ['gzip', gzipSync(SPACES), gzipSync(SPACES.subarray(0, 8 * MIB))],
    ['deflate', deflateSync(SPACES), deflateSync(SPACES.subarray(0, 8 * MIB))],
    ['br', brotliCompressSync(SPACES), brotliCompressSync(SPACES.subarray(0, 8 * MIB))],
    ['zstd', whole(9 * MIB, 128 * 1024), whole(8 * MIB, 128 * 1024)],
  ];
  for (const [encoding, nine, eight] of ENCODED) {
    it(`with ${encoding} ends where the body unfolds into more than a hundred times its size`, async () => {
      await assert.rejects(decode(nine, encoding, 64 * MIB), {name: 'BodyExcess', excess: 'size'});
      assert.equal((await decode(eight, encoding, 64 * MIB)).length, 8 * MIB);
    });

    it(`with ${encoding} ends where the body unfolds into more than is wanted`, async () => {
      await assert.rejects(decode(eight, encoding, 8 * MIB - 1), {name: 'BodyExcess', excess: 'size'});
      assert.equal((await decode(eight, encoding, 8 * MIB)).length, 8 * MIB);
    });
  }

  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
  const FRAMES: [what: string, raw: Buffer, text: string][] = [
    ['one frame', zstdFrame('ab'), 'ab'],
    ['two frames', Buffer.concat([zstdFrame('ab'), zstdFrame('cd')]), 'abcd'],
    ['repeated bytes', zstdBomb(2, 3, 10), ' '.repeat(6)],
    ['the largest window', zstdBomb(1, 3, 23), '   '],
    ['several blocks', zstdFrame('x'.repeat(300_000)), 'x'.repeat(300_000)],
  ];
  for (const [what, raw, text] of FRAMES)
    it(`reads zstd of ${what}`, async () => assert.equal((await decode(raw, 'zstd', MIB)).toString(), text));

  const EXPENSIVE: [what: string, raw: Buffer][] = [
    ['a window of a gigabyte', zstdBomb(1, 1, 30)],
    ['a window beyond 8 MiB in a later frame', Buffer.concat([zstdFrame('a'), zstdBomb(1, 1, 24)])],
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
