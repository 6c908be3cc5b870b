import {messageOf} from '../../errors/index.js';
import {fileStamp} from '../../files/file-stamp.js';
import {WriteBehind} from '../../files/write-behind.js';

export type LiveSource<T, C> = {
  /** The files that the data is read from. */
  paths: readonly string[];
  read: () => Promise<T>;
  apply: (data: T, change: C) => T;
  /** Writes changes to the files, in the order in which they were made. */
  write: (changes: readonly C[]) => Promise<void>;
  /** Told, in one sentence, that changes could not be saved. */
  onProblem: (problem: string) => void;
  /** What cannot be saved then, as the beginning of that sentence. */
  what: string;
};

/**
 * Data of files that other processes write too: read again when a file changed, so that what they do is picked up, with
 * this process's own changes applied at once and written at most once a second.
 */
export class LiveData<T, C> {
  private pending: C[] = [];
  /** Of the files as they were last read. */
  private stamp = '';
  private reading: Promise<void> | undefined;
  private readonly behind: WriteBehind;

  /** @param latest the data as last read and changed, also between two reads. */
  constructor(
    private readonly source: LiveSource<T, C>,
    public latest: T,
  ) {
    this.behind = new WriteBehind(
      () => this.write(),
      (error) => source.onProblem(`${source.what} could not be saved: ${messageOf(error)}`),
    );
  }

  /** The data as it stands now. */
  async current(): Promise<T> {
    if (this.stampNow() !== this.stamp) {
      this.reading ??= this.reload().finally(() => (this.reading = undefined));
      await this.reading;
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

  private async reload(): Promise<void> {
    // A write under way must be on disk, or its changes would be missing from what is read.
    await this.behind.settled;
    const stamp = this.stampNow();
    const data = await this.source.read();
    this.latest = this.pending.reduce<T>((result, change) => this.source.apply(result, change), data);
    this.stamp = stamp;
  }

  private stampNow(): string {
    return this.source.paths.map((path) => fileStamp(path)?.stamp ?? 'none').join(' ');
  }

  private async write(): Promise<void> {
    const batch = this.pending;
    this.pending = [];
    await this.source.write(batch);
  }
}
