import * as zlib from 'node:zlib';

import {BodyExcess} from './excess.js';

/** What every decoder has to offer (RFC 8878, 3.1.1.1.2); encoders stay below unless told otherwise. */
const MOST_WINDOW_BYTES = 8 * 1024 * 1024;

/**
 * Bytes that may be moved for one body. The library moves its whole window for each block, be it empty: 128 MiB in whole
 * blocks with the largest window take half of that.
 */
const MOST_MOVED_BYTES = 16 * 1024 * 1024 * 1024;

const FRAME = 0xfd2fb528;
/** The last digit is free. */
const SKIPPED_FRAME = 0x184d2a50;
const RLE = 1;

type Decompress = (raw: Buffer, options: {maxOutputLength: number}) => Buffer;

/** @throws BodyExcess for more than `most` bytes, or more work than they are worth; Error for what is broken. */
export async function decodeZstd(raw: Buffer, most: number): Promise<Buffer> {
  const {length, window, moved} = costOf(raw);
  if (length !== null && length > most) throw new BodyExcess('size');
  if (length === null && (window > MOST_WINDOW_BYTES || moved > MOST_MOVED_BYTES))
    throw new BodyExcess('work');
  // Node has one of its own from 22.15 on.
  if ('zstdDecompressSync' in zlib)
    return (zlib.zstdDecompressSync as Decompress)(raw, {maxOutputLength: Math.max(most, 1)});
  const {Decompress, decompress} = await import('fzstd');
  // In place where the length is known, without a window.
  if (length !== null) return Buffer.from(decompress(raw));
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = new Decompress((chunk) => {
    size += chunk.length;
    if (size > most) throw new BodyExcess('size');
    // The library reuses its window: what it hands out is only good until it goes on.
    chunks.push(Buffer.from(chunk));
  });
  stream.push(raw, true);
  return Buffer.concat(chunks, size);
}

/** What it takes to decode frames, in bytes. */
type Cost = {
  /** That they unfold into by their headers; null where one does not say, or says nothing. */
  length: number | null;
  /** The largest. */
  window: number;
  /** By moving the window for each block. */
  moved: number;
};

/** By the headers of frames and their blocks alone (RFC 8878, 3.1.1). @throws RangeError where the bytes end too early. */
function costOf(raw: Buffer): Cost {
  const cost: Cost = {length: 0, window: 0, moved: 0};
  for (let at = 0; at < raw.length;) {
    const magic = raw.readUInt32LE(at);
    if ((magic & ~0xf) >>> 0 === SKIPPED_FRAME) {
      at += 8 + raw.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== FRAME) throw new Error('not zstd');
    const {length, window, size, checksum} = headerAt(raw, at + 4);
    // With a length of 0 the library goes by the window as well, and by no bound: it may be a lie.
    cost.length = length === null || length === 0 || cost.length === null ? null : cost.length + length;
    cost.window = Math.max(cost.window, window);
    at += 4 + size;
    for (let isLast = false; !isLast;) {
      const block = raw.readUIntLE(at, 3);
      isLast = (block & 1) === 1;
      at += 3 + (((block >> 1) & 3) === RLE ? 1 : block >> 3);
      cost.moved += window;
    }
    at += checksum;
  }
  return cost;
}

/** All in bytes; `size` that of the header, `length` that of what the frame unfolds into. */
type Header = {length: number | null; window: number; size: number; checksum: number};

function headerAt(raw: Buffer, at: number): Header {
  const descriptor = raw.readUInt8(at);
  const isSingle = (descriptor >> 5) & 1;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const flag = descriptor >> 6;
  const lengthBytes = flag === 0 ? isSingle : 1 << flag;
  const size = 2 - isSingle + dictionary + lengthBytes;
  const checksum = ((descriptor >> 2) & 1) * 4;
  const length = lengthAt(raw, at + size - lengthBytes, lengthBytes);
  if (isSingle === 1) return {length, window: length ?? 0, size, checksum};
  const window = raw.readUInt8(at + 1);
  const base = 2 ** (10 + (window >> 3));
  return {length, window: base + (base / 8) * (window & 7), size, checksum};
}

function lengthAt(raw: Buffer, at: number, bytes: number): number | null {
  if (bytes === 0) return null;
  if (bytes === 8) return Number(raw.readBigUInt64LE(at));
  return raw.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}
