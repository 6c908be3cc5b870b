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
