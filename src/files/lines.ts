import {createReadStream} from 'node:fs';

/** One line of a file as its bytes stand, without the newline. */
export type FileLine = {
  bytes: Buffer;
  /** False for a last line that no newline ends: its writer died, or is not done. */
  complete: boolean;
};

const NEWLINE = 0x0a;

/** The lines of a file. */
export function readLines(path: string): AsyncGenerator<FileLine> {
  return splitLines(createReadStream(path) as AsyncIterable<Buffer>);
}

/**
 * The lines of what comes in pieces, split at newlines alone. (Node's readline also splits at U+2028 and U+2029, which
 * may stand in JSON strings.)
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileLine> {
  let parts: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      yield {bytes: joined(parts, chunk.subarray(from, at)), complete: true};
      parts = [];
      from = at + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  }
  if (parts.length > 0) yield {bytes: Buffer.concat(parts), complete: false};
}

function joined(parts: Buffer[], last: Buffer): Buffer {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}
