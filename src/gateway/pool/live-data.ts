import {briefly} from '../../errors/index.js';
import {fileStamp} from '../../files/file-stamp.js';
import {WriteBehind} from '../../files/write-behind.js';

export type LiveSource<T, C> = {
  /** The files that the data is read from. */
  paths: readonly string[];
  /** @param before what was read last. */
  read: (before: T) => Promise<T>;
  apply: (data: T, change: C) => T;
  /** Writes changes to the files, in the order in which they were made. */
  write: (changes: readonly C[]) => Promise<void>;
  /** Told, in one sentence, that the files could not be read, or changes not be saved. */
  onProblem: (problem: string) => void;
  /** What could not be read or saved then, as the beginning of that sentence. */
  what: string;
};

/** Changes that wait for files which cannot be written: beyond these the oldest are given up. */
const MOST_UNSAVED = 1000;

/**
 * Data of files that other processes write too: read again when a file changed, so that what they do is picked up, with
 * this process's own changes applied at once and written at most once a second. Files that cannot be read for a while
 * leave it as it stood, and changes that cannot be saved are saved with the next.
 */
export class LiveData<T, C> {
  private pending: C[] = [];
  /** Of the files as they were last read. */
  private stamp: string | null = null;
  /** Why the files could not be read, the last time; null when they could. */
  private trouble: string | null = null;
  private reading: Promise<void> | undefined;
  private readonly behind: WriteBehind;

  /** @param latest the data as last read and changed, also between two reads. */
  constructor(
    private readonly source: LiveSource<T, C>,
    public latest: T,
  ) {
    this.behind = new WriteBehind(
      () => this.write(),
      (error) => source.onProblem(`${source.what} could not be saved. ${briefly(error)}`),
    );
  }

  /** The data as it stands now; as it stood when the files can no longer be read. @throws when they never could. */
  async current(): Promise<T> {
    try {
      if (this.stampNow() !== this.stamp) {
        this.reading ??= this.reload().finally(() => (this.reading = undefined));
        await this.reading;
      }
      this.trouble = null;
    } catch (error) {
      if (this.stamp === null) throw error;
      this.unread(briefly(error));
    }
    return this.latest;
  }

  change(change: C): void {
    this.latest = this.source.apply(this.latest, change);
    this.pending.push(change);
    this.behind.soon();
  }

  /** Writes what is not on disk yet. */
  flush(): Promise<void> {
    return this.behind.flush();
  }

  /** Told once, not with every request. */
  private unread(reason: string): void {
    if (this.trouble === reason) return;
    this.trouble = reason;
    this.source.onProblem(`${this.source.what} could not be read, and is taken as it was: ${reason}`);
  }

  private async reload(): Promise<void> {
    // A write under way must be on disk, or its changes would be missing from what is read.
    await this.behind.settled;
    const stamp = this.stampNow();
    const data = await this.source.read(this.latest);
    this.latest = this.pending.reduce<T>((result, change) => this.source.apply(result, change), data);
    this.stamp = stamp;
  }

  private stampNow(): string {
    return this.source.paths.map((path) => fileStamp(path)?.stamp ?? 'none').join(' ');
  }

  private async write(): Promise<void> {
    const batch = this.pending;
    this.pending = [];
    try {
      await this.source.write(batch);
    } catch (error) {
      this.pending = [...batch, ...this.pending].slice(-MOST_UNSAVED);
      throw error;
    }
  }
}
