import type {Readable} from 'node:stream';

/** More than any answer in JSON that is asked for has. */
export const MOST_ANSWER_BYTES = 1024 * 1024;

/** What was read of a stream; `ended` is false where there was more than the limit. */
export type BoundedRead = {bytes: Buffer; ended: boolean};

/**
 * Reads a stream to its end, or until more than `most` bytes have come. It is then paused, and neither destroyed nor
 * emptied: the rest can be read on, or the connection under it still be answered.
 *
 * @param expected bytes that there will be, where that is known: they need not be moved then.
 * @throws the stream's own error; Error when it closes before its end.
 */
export function readUpTo(stream: Readable, most: number, expected = 0): Promise<BoundedRead> {
  const gathered = new Gathered(Math.min(expected, most));
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
    };
    const onData = (chunk: Buffer): void => {
      gathered.add(chunk);
      if (gathered.size <= most) return;
      stream.pause();
      stop();
      resolve({bytes: gathered.bytes, ended: false});
    };
    const onEnd = (): void => {
      stop();
      resolve({bytes: gathered.bytes, ended: true});
    };
    const onError = (error: Error): void => {
      stop();
      reject(error);
    };
    const onClose = (): void => onError(stream.errored ?? new Error('closed before its end'));
    if (stream.readableEnded) onEnd();
    else if (stream.destroyed) onClose();
    else stream.on('end', onEnd).on('error', onError).on('close', onClose).on('data', onData).resume();
  });
}

/**
 * Bytes as they come, in one place: a million pieces of one byte would take a hundred times their size, and putting
 * together many megabytes at the end a while.
 */
class Gathered {
  size = 0;
  /** @param expected how many are likely to come. */
  constructor(private readonly expected: number) {}

  /** May have room for more. */
  private place: Buffer = Buffer.alloc(0);

  get bytes(): Buffer {
    return this.place.subarray(0, this.size);
  }

  add(chunk: Buffer): void {
    const size = this.size + chunk.length;
    if (this.size === 0 && chunk.length >= this.expected) {
      // Most come in one piece.
      this.place = chunk;
    } else {
      if (size > this.place.length) this.grow(size);
      chunk.copy(this.place, this.size);
    }
    this.size = size;
  }

  private grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.place.length, least, this.expected));
    this.place.copy(larger, 0, 0, this.size);
    this.place = larger;
  }
}

/** The whole of a stream as text. @throws like {@link readUpTo}; Error for more than `most` bytes, the rest of which is left. */
export async function readTextUpTo(stream: Readable, most: number): Promise<string> {
  const {bytes, ended} = await readUpTo(stream, most);
  if (ended) return bytes.toString('utf8');
  stream.on('error', () => undefined).destroy();
  throw new Error(`an answer of more than ${most} bytes`);
}
