import type {FileHandle} from 'node:fs/promises';

import type {FileLine} from './lines.js';
import {openRegular} from './regular-file.js';

const PIECE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** At most `bytes` of a file from its start, as text; a character that is cut in two there is none. */
export async function readStart(path: string, bytes: number): Promise<string> {
  return withOpen(path, (file) => readPiece(file, 0, bytes));
}

/** At most `bytes` of a file from its end, as text. */
export async function readEnd(path: string, bytes: number): Promise<string> {
  return withOpen(path, async (file) => {
    const {size} = await file.stat();
    return readPiece(file, Math.max(0, size - bytes), Math.min(size, bytes));
  });
}

/**
 * The lines of a file from its last to its first, read in pieces as far as they are asked for.
 *
 * @param size where the reading begins; what is appended meanwhile is left out.
 */
export async function* linesFromEnd(file: FileHandle, size: number): AsyncGenerator<FileLine> {
  /** The line that is being gathered, up to where its end was found. */
  let parts: Buffer[] = [];
  let complete = false;
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - PIECE_BYTES);
    const piece = await readPiece(file, from, end - from);
    let to = piece.length;
    for (let at = lastNewline(piece, to); at !== -1; at = lastNewline(piece, at)) {
      const bytes = Buffer.concat([piece.subarray(at + 1, to), ...parts]);
      if (complete || bytes.length > 0) yield {bytes, complete};
      parts = [];
      complete = true;
      to = at;
    }
    parts.unshift(piece.subarray(0, to));
    end = from;
  }
  const first = Buffer.concat(parts);
  if (complete || first.length > 0) yield {bytes: first, complete};
}

function lastNewline(piece: Buffer, before: number): number {
  return before === 0 ? -1 : piece.lastIndexOf(NEWLINE, before - 1);
}

async function withOpen(path: string, read: (file: FileHandle) => Promise<Buffer>): Promise<string> {
  const file = await openRegular(path);
  try {
    return (await read(file)).toString('utf8');
  } finally {
    await file.close();
  }
}

/** Shorter where the file ends first. */
async function readPiece(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const piece = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const {bytesRead} = await file.read(piece, filled, length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return piece.subarray(0, filled);
}
