import {messageOf} from '../../errors/index.js';
import {type FileLine, splitLines} from '../../files/lines.js';
import {piecesOf} from '../../files/regular-file.js';
import {ZstdPieces} from '../../files/zstd-frames.js';

/** What Codex adds to the name of a rollout that it has compressed, as it does with threads that lie idle for days. */
const COLD = '.zst';

/** How much is read at a time of what is compressed. */
const PIECE_BYTES = 16 * 1024;

/** Codex writes none that is nearly as long, and what is longer fits into no string. */
const MOST_LINE_BYTES = 256 * 1024 * 1024;

/** Whether a rollout is compressed. */
export function isCold(rollout: string): boolean {
  return rollout.endsWith(COLD);
}

/** The name of a rollout when it is not compressed. */
export function plainName(rollout: string): string {
  return isCold(rollout) ? rollout.slice(0, -COLD.length) : rollout;
}

/**
 * The lines of a rollout, compressed or not, with a few lines in memory however large it is.
 *
 * @throws Error with `syscall`, as the system does for other faults, for a compressed one that is damaged, cut short or made to
 *   fill the memory, and for a line that is longer than any.
 */
export async function* rolloutLines(rollout: string): AsyncGenerator<FileLine> {
  const pieces = isCold(rollout) ? decompressed(rollout) : piecesOf(rollout);
  try {
    yield* splitLines(pieces, MOST_LINE_BYTES);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    throw unreadable(rollout, error);
  }
}

function unreadable(path: string, error: unknown): Error {
  const message = `EBADMSG: ${messageOf(error)}, read '${path}'`;
  return Object.assign(new Error(message), {code: 'EBADMSG', syscall: 'read', path});
}

async function* decompressed(path: string): AsyncGenerator<Buffer> {
  const {Decompress} = await import('fzstd');
  const ready: Buffer[] = [];
  const stream = new Decompress((chunk) => ready.push(Buffer.from(chunk)));
  const push = (piece: Uint8Array, last: boolean): Buffer[] => {
    try {
      stream.push(piece, last);
    } catch (error) {
      const message = `EBADMSG: ${messageOf(error)}, decompress '${path}'`;
      throw Object.assign(new Error(message), {code: 'EBADMSG', syscall: 'decompress', path});
    }
    return ready.splice(0);
  };
  const cut = new ZstdPieces();
  for await (const piece of piecesOf(path, PIECE_BYTES))
    for (const part of cut.of(piece)) yield* push(part, false);
  yield* push(cut.rest(), true);
}
