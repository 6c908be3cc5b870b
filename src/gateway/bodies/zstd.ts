import * as zlib from 'node:zlib';

import {isSkipped, headerAt, blockAt, FRAME, BLOCK_HEADER_BYTES} from '../../files/zstd-frames.js';
import {BodyExcess} from './excess.js';

/** What every decoder has to offer (RFC 8878, 3.1.1.1.2); encoders stay below unless told otherwise. */
const MOST_WINDOW_BYTES = 8 * 1024 * 1024;

/**
 * Bytes that may be moved for one body. The library moves its whole window for each block, be it empty: 128 MiB in whole
 * blocks with the largest window take half of that.
 */
const MOST_MOVED_BYTES = 16 * 1024 * 1024 * 1024;

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
    if (isSkipped(magic)) {
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
      const block = blockAt(raw, at);
      ({isLast} = block);
      at += BLOCK_HEADER_BYTES + block.size;
      cost.moved += window;
    }
    at += checksum;
  }
  return cost;
}
