import {messageOf} from '../../errors/index.js';
import {type FileLine, readLines, splitLines} from '../../files/lines.js';
import {piecesOf} from '../../files/regular-file.js';

/** What Codex adds to the name of a rollout that it has compressed, as it does with threads that lie idle for days. */
const COLD = '.zst';

/** How much is decompressed at a time: a small piece can become a large one. */
const PIECE_BYTES = 16 * 1024;

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
 * @throws Error with `syscall` for a compressed one that is damaged or cut short, as the system does for other faults.
 */
export function rolloutLines(rollout: string): AsyncGenerator<FileLine> {
  return isCold(rollout) ? splitLines(decompressed(rollout)) : readLines(rollout);
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
  for await (const piece of piecesOf(path, PIECE_BYTES)) yield* push(piece, false);
  yield* push(new Uint8Array(0), true);
}
