const BLOCK_BYTES = 128 * 1024;

/** A valid zstd frame whose blocks are stored, not made smaller: enough to prove that a reader decodes. */
export function zstdFrame(what: string | Buffer): Buffer {
  const content = Buffer.from(what);
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0]);
  header.writeUInt32LE(content.length, 5);
  const parts: Buffer[] = [header];
  for (let at = 0; at === 0 || at < content.length; at += BLOCK_BYTES) {
    const block = content.subarray(at, at + BLOCK_BYTES);
    const last = at + BLOCK_BYTES >= content.length ? 1 : 0;
    const size = Buffer.alloc(3);
    size.writeUIntLE((block.length << 3) | last, 0, 3);
    parts.push(size, block);
  }
  return Buffer.concat(parts);
}

/**
 * A valid zstd frame of blocks that say one byte over and over (RLE), four bytes each.
 *
 * @param length bytes that a block unfolds into, at most 128 KiB.
 * @param windowLog of the window: 2^windowLog bytes.
 */
export function zstdBomb(blocks: number, length: number, windowLog: number): Buffer {
  const bytes = Buffer.alloc(6 + 4 * blocks, 0x20);
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3]).copy(bytes);
  for (let n = 0; n < blocks; n += 1)
    bytes.writeUIntLE((length << 3) | 2 | (n === blocks - 1 ? 1 : 0), 6 + 4 * n, 3);
  return bytes;
}
