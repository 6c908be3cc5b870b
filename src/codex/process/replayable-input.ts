import type {Readable, Writable} from 'node:stream';

/**
 * An input that several processes, one after the other, each get from its beginning: what a first Codex has read from
 * a pipe would otherwise be lost to the one that takes its place. It passes on as it comes, at the reader's pace.
 */
export class ReplayableInput {
  private readonly chunks: Buffer[] = [];
  private ended = false;

  constructor(private readonly source: Readable) {
    source.once('end', () => (this.ended = true));
  }

  /** Feeds `target` everything so far and everything to come. @returns what ends the feeding. */
  feed(target: Writable): () => void {
    const {source} = this;
    const onData = (chunk: Buffer): void => {
      this.chunks.push(chunk);
      if (!target.write(chunk)) source.pause();
    };
    const onDrain = (): void => void source.resume();
    const onEnd = (): void => void target.end();
    const stop = (): void => {
      source.off('data', onData).off('end', onEnd).pause();
      target.off('drain', onDrain);
    };
    // A process that reads nothing of it closes its end.
    target.on('error', stop);
    for (const chunk of this.chunks) target.write(chunk);
    if (this.ended) {
      target.end();
    } else {
      target.on('drain', onDrain);
      // Explicitly: what an earlier reader paused stays paused when a listener is added.
      source.on('end', onEnd).on('data', onData).resume();
    }
    return stop;
  }
}
