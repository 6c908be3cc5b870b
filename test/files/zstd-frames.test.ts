import assert from 'node:assert/strict';

import {ZstdPieces} from '../../src/files/zstd-frames.js';
import {zstdBomb, zstdFrame} from '../support/zstd.js';

const SKIPPED = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

function cut(bytes: Buffer, size: number): Buffer[] {
  const pieces = new ZstdPieces();
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size)
    for (const part of pieces.of(bytes.subarray(at, at + size))) parts.push(Buffer.from(part));
  return [...parts, pieces.rest()];
}

describe('pieces of zstd', () => {
  const frames = Buffer.concat([
    zstdFrame('one'),
    SKIPPED,
    zstdFrame('x'.repeat(30_000)),
    zstdBomb(500, 128 * 1024, 20),
    zstdFrame(''),
  ]);

  for (const [what, bytes] of [
    ['frames of every kind', frames],
    ['frames with something else behind them', Buffer.concat([frames, Buffer.from('damaged')])],
    ['a frame that is cut off', frames.subarray(0, -4)],
    ['something else', Buffer.from('no zstd at all')],
  ] as const) {
    it(`are together what came, in whatever pieces it came: ${what}`, () => {
      for (const size of [1, 2, 3, 7, 100, 5000, 1_000_000])
        assert.ok(Buffer.concat(cut(bytes, size)).equals(bytes), `in pieces of ${size}`);
    });
  }

  it('unfold into a few megabytes each at most', () => {
    const largest = Math.max(...cut(zstdBomb(4000, 128 * 1024, 20), 16 * 1024).map(({length}) => length));
    assert.ok(largest <= 64 * 4 + 6, `${largest} bytes`);
  });

  it('are none of a frame that asks for a window of gigabytes, be it the second one', () => {
    const huge = zstdBomb(1, 1, 31);
    for (const size of [1, 5, 1000]) {
      assert.throws(() => cut(huge, size), /too large/);
      assert.throws(() => cut(Buffer.concat([frames, huge]), size), /too large/);
    }
  });
});
