import {piecesOf} from './regular-file.js';

/** One line of a file as its bytes stand, without the newline. */
export type FileLine = {
  bytes: Buffer;
  /** False for a last line that no newline ends: its writer died, or is not done. */
  complete: boolean;
};

const NEWLINE = 0x0a;

/** The lines of a file, as {@link splitLines} splits them. */
export function readLines(path: string): AsyncGenerator<FileLine> {
  return splitLines(piecesOf(path));
}

/**
 * The lines of what comes in pieces, split at newlines alone. (Node's readline also splits at U+2028 and U+2029, which
 * may stand in JSON strings.)
 *
 * @param mostBytes how long a line may be; by default there is no end.
 * @throws Error for a longer one, so that a stream without newlines cannot fill the memory.
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  mostBytes = Infinity,
): AsyncGenerator<FileLine> {
  let parts: Buffer[] = [];
  let waiting = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      yield {bytes: joined(parts, chunk.subarray(from, at)), complete: true};
      parts = [];
      waiting = 0;
      from = at + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
    waiting += chunk.length - from;
    if (waiting > mostBytes) throw new Error(`a line is longer than ${mostBytes} bytes`);
  }
  if (parts.length > 0) yield {bytes: Buffer.concat(parts), complete: false};
}

function joined(parts: Buffer[], last: Buffer): Buffer {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}
