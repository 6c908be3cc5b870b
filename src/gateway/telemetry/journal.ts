import {appendHistory} from '../../accounts/history.js';
import type {AccountStore} from '../../accounts/store.js';
import type {SwitchPoint} from '../../contract/index.js';
import {messageOf} from '../../errors/index.js';

const INTERVAL_MS = 1000;

/** The switches of a gateway, for `cao report`: gathered in memory, written at most once a second and at the end. */
export class Journal {
  private switches: SwitchPoint[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: AccountStore,
    private readonly onProblem: (problem: string) => void,
  ) {}

  switched(from: string, to: string, reason: string, atMs: number): void {
    this.switches.push({kind: 'switch', atMs, from, to, reason, by: 'gateway'});
    this.timer ??= setTimeout(() => void this.flush(), INTERVAL_MS);
  }

  /** Writes what is not on disk yet. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.write());
    await this.writing;
  }

  private async write(): Promise<void> {
    const {switches} = this;
    this.switches = [];
    try {
      await appendHistory(this.store.folder, switches);
    } catch (error) {
      this.onProblem(`Switches could not be saved: ${messageOf(error)}`);
    }
  }
}
