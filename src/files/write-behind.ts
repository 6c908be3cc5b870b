const INTERVAL_MS = 1000;

/**
 * Writes what has gathered in memory together: at most once an interval, never twice at a time, and at once when the
 * work ends ({@link flush}). What a writer gathers and how it writes it is its own affair.
 */
export class WriteBehind {
  private due = false;
  private timer: NodeJS.Timeout | undefined;
  private latest: Promise<void> = Promise.resolve();

  /**
   * @param write takes what has gathered so far and writes it.
   * @param onFailed told why a write failed; nothing is thrown then, since nobody waits for it.
   */
  constructor(
    private readonly write: () => Promise<void>,
    private readonly onFailed: (error: unknown) => void,
    private readonly intervalMs = INTERVAL_MS,
  ) {}

  /** There is something to write. */
  soon(): void {
    this.due = true;
    this.timer ??= setTimeout(() => void this.flush(), this.intervalMs);
  }

  /** Writes what is not on disk yet. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.due) {
      this.due = false;
      this.latest = this.latest.then(this.write).catch((error: unknown) => {
        // What the writer has kept goes out with the next write, or when the work ends.
        this.due = true;
        this.onFailed(error);
      });
    }
    await this.latest;
  }

  /** Settles when no write that has begun is under way any more. */
  get settled(): Promise<void> {
    return this.latest;
  }
}
