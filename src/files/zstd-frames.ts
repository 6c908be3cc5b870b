/** How zstd is laid out (RFC 8878, 3.1.1): enough to know what decoding takes before it is done. */
export const FRAME = 0xfd2fb528;
/** The last digit is free. */
const SKIPPED_FRAME = 0x184d2a50;
const RLE = 1;

export const BLOCK_HEADER_BYTES = 3;

/** Whether a frame that begins so holds nothing that unfolds. */
export function isSkipped(magic: number): boolean {
  return (magic & ~0xf) >>> 0 === SKIPPED_FRAME;
}

/** A block by its header; `size` is that of what follows. @throws RangeError where the bytes end too early. */
export function blockAt(raw: Buffer, at: number): {isLast: boolean; size: number} {
  const block = raw.readUIntLE(at, BLOCK_HEADER_BYTES);
  return {isLast: (block & 1) === 1, size: ((block >> 1) & 3) === RLE ? 1 : block >> 3};
}

/** All in bytes; `size` that of the header, `length` that of what the frame unfolds into. */
export type Header = {length: number | null; window: number; size: number; checksum: number};

/** Behind the magic number. @throws RangeError where the bytes end too early. */
export function headerAt(raw: Buffer, at: number): Header {
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

/** Beyond this the reference decoder refuses a frame as well, unless told otherwise. */
const MOST_WINDOW_BYTES = 128 * 1024 * 1024;

/** Each unfolds into 128 KiB at most. */
const MOST_BLOCKS_A_PIECE = 64;

/**
 * Cuts what comes in pieces of any size so that none unfolds into more than a few megabytes.
 *
 * @throws Error for a frame with a larger window than a decoder should have to offer, before any of that frame is given out.
 */
export class ZstdPieces {
  /** The end of what has come so far, as long as it is no whole header. */
  private held = Buffer.alloc(0);
  private skip = 0;
  private next: 'frame' | 'block' | 'nothing' = 'frame';
  private checksum = 0;

  *of(piece: Buffer): Generator<Buffer> {
    const bytes = Buffer.concat([this.held, piece]);
    let given = 0;
    let blocks = 0;
    let at = 0;
    for (;;) {
      const skipped = Math.min(this.skip, bytes.length - at);
      at += skipped;
      this.skip -= skipped;
      if (this.skip > 0 || at >= bytes.length || this.next === 'nothing') break;
      if (blocks === MOST_BLOCKS_A_PIECE) {
        yield bytes.subarray(given, at);
        given = at;
        blocks = 0;
      }
      const size = this.header(bytes, at);
      if (size === null) break;
      if (this.next === 'block') blocks += 1;
      at += size;
    }
    // What is no zstd is for the decoder to say.
    const end = this.next === 'nothing' ? bytes.length : at;
    if (end > given) yield bytes.subarray(given, end);
    this.held = Buffer.from(bytes.subarray(end));
  }

  /** What came last and was no whole header. */
  rest(): Buffer {
    return this.held;
  }

  /** @returns how long it is; null where it has not all come. */
  private header(bytes: Buffer, at: number): number | null {
    try {
      return this.next === 'frame' ? this.frame(bytes, at) : this.block(bytes, at);
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  private frame(bytes: Buffer, at: number): number {
    const magic = bytes.readUInt32LE(at);
    if (isSkipped(magic)) {
      this.skip = bytes.readUInt32LE(at + 4);
      return 8;
    }
    if (magic !== FRAME) {
      this.next = 'nothing';
      return 0;
    }
    const {window, size, checksum} = headerAt(bytes, at + 4);
    if (window > MOST_WINDOW_BYTES) throw new Error(`a window of ${window} bytes is too large`);
    // All of it must be there.
    bytes.readUInt8(at + 3 + size);
    this.checksum = checksum;
    this.next = 'block';
    return 4 + size;
  }

  private block(bytes: Buffer, at: number): number {
    const {isLast, size} = blockAt(bytes, at);
    this.skip = size + (isLast ? this.checksum : 0);
    if (isLast) this.next = 'frame';
    return BLOCK_HEADER_BYTES;
  }
}
