import type {HistoryPoint} from '../../contract/index.js';
import {appendHistory} from '../../accounts/history.js';
import type {AccountStore} from '../../accounts/store.js';
import type {UsageSample} from '../../accounts/usage-file.js';
import {messageOf} from '../../errors/index.js';

const INTERVAL_MS = 1000;

/**
 * What `cao status` and `cao report` later tell of the gateway's work: usage as responses showed it, and switches. It
 * is gathered in memory and written at most once a second and at the end.
 */
export class Journal {
  /** By account and window: of two samples within the interval only the later one matters. */
  private samples = new Map<string, UsageSample>();
  private switches: HistoryPoint[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: AccountStore,
    private readonly onProblem: (problem: string) => void,
  ) {}

  usage(account: string, windows: UsageSample['windows'], atMs: number): void {
    for (const window of windows) {
      const key = `${account} ${window.limitId} ${window.windowMinutes}`;
      this.samples.set(key, {account, windows: [window], source: 'gateway', atMs});
    }
    this.writeSoon();
  }

  switched(from: string, to: string, reason: string, atMs: number): void {
    this.switches.push({kind: 'switch', atMs, from, to, reason, by: 'gateway'});
    this.writeSoon();
  }

  /** Writes what is not on disk yet. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.write());
    await this.writing;
  }

  private writeSoon(): void {
    this.timer ??= setTimeout(() => void this.flush(), INTERVAL_MS);
  }

  private async write(): Promise<void> {
    const {samples, switches} = this;
    this.samples = new Map();
    this.switches = [];
    try {
      await this.store.usage.record([...samples.values()]);
      await appendHistory(this.store.folder, switches);
    } catch (error) {
      this.onProblem(`Usage could not be saved: ${messageOf(error)}`);
    }
  }
}
