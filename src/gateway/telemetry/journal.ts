import {appendHistory} from '../../accounts/store/history.js';
import type {AccountStore} from '../../accounts/store/store.js';
import type {SwitchPoint} from '../../contract/index.js';
import {briefly} from '../../errors/index.js';
import {WriteBehind} from '../../files/write-behind.js';

/** Switches that wait for a history which cannot be written: beyond these the oldest are given up. */
const MOST_UNSAVED = 1000;

/** The switches of a gateway, for `cao report`: gathered in memory, written at most once a second and at the end. */
export class Journal {
  private switches: SwitchPoint[] = [];
  private readonly behind: WriteBehind;

  constructor(
    private readonly store: AccountStore,
    onProblem: (problem: string) => void,
  ) {
    this.behind = new WriteBehind(
      () => this.write(),
      (error) => onProblem(`Switches could not be saved. ${briefly(error)}`),
    );
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
    const {switches} = this;
    this.switches = [];
    try {
      await appendHistory(this.store.folder, switches);
    } catch (error) {
      this.switches = [...switches, ...this.switches].slice(-MOST_UNSAVED);
      throw error;
    }
  }
}
