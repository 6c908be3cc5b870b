import type {HistoryPoint} from '../../contract/index.js';
import {appendHistory} from '../../accounts/history.js';
import type {AccountStore} from '../../accounts/store.js';
import type {UsageSample} from '../../accounts/usage-file.js';
import {messageOf} from '../../errors/errors.js';
import {WriteBehind} from '../../files/write-behind.js';

/**
 * What `cao status` and `cao report` later tell of the gateway's work: usage as responses showed it, and switches. It
 * is gathered in memory and written at most once a second and at the end.
 */
export class Journal {
  /** By account and window: of two samples within the interval only the later one matters. */
  private samples = new Map<string, UsageSample>();
  private switches: HistoryPoint[] = [];
  private readonly behind: WriteBehind;

  constructor(
    private readonly store: AccountStore,
    onProblem: (problem: string) => void,
  ) {
    this.behind = new WriteBehind(
      () => this.write(),
      (error) => onProblem(`Usage could not be saved: ${messageOf(error)}`),
    );
  }

  usage(account: string, windows: UsageSample['windows'], atMs: number): void {
    for (const window of windows) {
      const key = `${account} ${window.limitId} ${window.windowMinutes}`;
      this.samples.set(key, {account, windows: [window], source: 'gateway', atMs});
    }
    this.behind.soon();
  }

  switched(from: string, to: string, reason: string, atMs: number): void {
    this.switches.push({kind: 'switch', atMs, from, to, reason, by: 'gateway'});
    this.behind.soon();
  }

  /** Writes what is not on disk yet. */
  flush(): Promise<void> {
    return this.behind.flush();
  }

  private async write(): Promise<void> {
    const {samples, switches} = this;
    this.samples = new Map();
    this.switches = [];
    await this.store.usage.record([...samples.values()]);
    await appendHistory(this.store.folder, switches);
  }
}
