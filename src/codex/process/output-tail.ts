const LIMIT_BYTES = 8192;

/** The last 8 KiB of a stream, kept without copying what passes. */
export class OutputTail {
  private chunks: Buffer[] = [];
  private size = 0;

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    while (this.chunks.length > 1 && this.size - (this.chunks[0]?.length ?? 0) >= LIMIT_BYTES) {
      this.size -= this.chunks.shift()?.length ?? 0;
    }
  }

  text(): string {
    return Buffer.concat(this.chunks).subarray(-LIMIT_BYTES).toString('utf8');
  }
}
