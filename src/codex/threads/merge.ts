import type {WriteLine} from './draft.js';
import {portableBytes, sameLine, sealsThread} from './portable-line.js';
import {rolloutLines} from './rollout-lines.js';

/** A rollout that is brought to another home: all of it, or as much of it as the past of a fork takes. */
export type Source = {path: string; endByte: number | null};

/** What came of bringing a source together with what its target holds already. */
export type Merged = {
  kind:
    | 'moved'
    /** The target holds all of the source. */
    | 'current'
    /** The target holds something else; what was written counts for nothing. */
    | 'diverged';
  /** Whether the thread, as far as it was written, rests on what only another account can read. */
  sealed: boolean;
};

/**
 * Writes a source over what the target holds of it, line by line: lines that the target has stay as they are, the
 * others come without what only their author can read. All lines keep their byte offsets (see {@link portableLine}).
 *
 * @param known the target's; null when it has none.
 * @param sealed whether what comes before this source in its thread is.
 */
export async function merge(
  source: Source,
  known: string | null,
  sealed: boolean,
  write: WriteLine,
): Promise<Merged> {
  const before = known === null ? null : rolloutLines(known);
  const written = new MergedLines(write, sealed);
  try {
    for await (const line of splitLines(source)) {
      const own = await before?.next();
      if (own?.done === false && own.value.complete) {
        if (!sameLine(own.value.bytes, line)) return {kind: 'diverged', sealed};
        await written.own(own.value.bytes);
      } else {
        await written.foreign(line);
      }
    }
  } finally {
    await before?.return(undefined);
  }
  return {kind: written.added === 0 ? 'current' : 'moved', sealed: written.sealed};
}

/** The whole lines of a source; one cut short by a killed Codex was never read by anyone. */
export async function* splitLines({path, endByte}: Source): AsyncGenerator<Buffer> {
  let offset = 0;
  for await (const {bytes, complete} of rolloutLines(path)) {
    if (!complete || (endByte !== null && offset >= endByte)) return;
    yield bytes;
    offset += bytes.length + 1;
  }
}

/** Writes lines of the target and of another account, and watches whether what they make up can be read there. */
export class MergedLines {
  added = 0;

  constructor(
    private readonly write: WriteLine,
    public sealed: boolean,
  ) {}

  /** What a home has itself it can read. */
  async own(bytes: Buffer): Promise<void> {
    if (sealsThread(bytes.toString('utf8')) !== null) this.sealed = false;
    await this.write(bytes);
  }

  async foreign(bytes: Buffer): Promise<void> {
    const line = bytes.toString('utf8');
    this.sealed = sealsThread(line) ?? this.sealed;
    this.added += 1;
    await this.write(portableBytes(bytes));
  }
}
