import type {Readable} from 'node:stream';

/** More than any answer in JSON that is asked for has. */
export const MOST_ANSWER_BYTES = 1024 * 1024;

/** What was read of a stream; `ended` is false where there was more than the limit. */
export type BoundedRead = {chunks: Buffer[]; size: number; ended: boolean};

/**
 * Reads a stream to its end, or until more than `most` bytes have come. It is then paused, and neither destroyed nor
 * emptied: the rest can be read on, or the connection under it still be answered.
 *
 * @throws the stream's own error; Error when it closes before its end.
 */
export function readUpTo(stream: Readable, most: number): Promise<BoundedRead> {
  const read: BoundedRead = {chunks: [], size: 0, ended: false};
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
    };
    const onData = (chunk: Buffer): void => {
      read.chunks.push(chunk);
      read.size += chunk.length;
      if (read.size <= most) return;
      stream.pause();
      stop();
      resolve(read);
    };
    const onEnd = (): void => {
      stop();
      resolve({...read, ended: true});
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

/** The whole of a stream as text. @throws like {@link readUpTo}; Error for more than `most` bytes, the rest of which is left. */
export async function readTextUpTo(stream: Readable, most: number): Promise<string> {
  const {chunks, size, ended} = await readUpTo(stream, most);
  if (ended) return Buffer.concat(chunks, size).toString('utf8');
  stream.on('error', () => undefined).destroy();
  throw new Error(`an answer of more than ${most} bytes`);
}
