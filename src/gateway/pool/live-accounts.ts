import type {AccountStatus} from '../../accounts/status.js';
import type {Account, AccountStore} from '../../accounts/store.js';
import {messageOf} from '../../errors/errors.js';
import {fileStamp} from '../../files/file-stamp.js';

type Change = (status: AccountStatus) => AccountStatus;

const INTERVAL_MS = 1000;

/**
 * The accounts of the data folder as the gateway sees them: read again when a file changed, so that what other
 * processes do is picked up, with its own changes applied at once and written at most once a second.
 */
export class LiveAccounts {
  private accounts: Account[] = [];
  private pending = new Map<string, Change[]>();
  /** Of the files as they were last read. */
  private stamp = '';
  private reading: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: AccountStore,
    private readonly onProblem: (problem: string) => void,
  ) {}

  /** In the order in which they are tried. */
  async list(): Promise<readonly Account[]> {
    if (this.stampNow() !== this.stamp) await this.reload();
    return this.accounts;
  }

  change(name: string, change: Change): void {
    this.accounts = this.accounts.map((account) =>
      account.name === name ? {...account, status: change(account.status)} : account,
    );
    this.pending.set(name, [...(this.pending.get(name) ?? []), change]);
    this.timer ??= setTimeout(() => void this.flush(), INTERVAL_MS);
  }

  /** Writes what is not on disk yet. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.write());
    await this.writing;
  }

  private async reload(): Promise<void> {
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    await this.reading;
  }

  private async read(): Promise<void> {
    // A write under way must be on disk, or its changes would be missing from what is read.
    await this.writing;
    const stamp = this.stampNow();
    const accounts = await this.store.accounts();
    this.accounts = accounts.map((account) => ({
      ...account,
      status: (this.pending.get(account.name) ?? []).reduce(
        (status, change) => change(status),
        account.status,
      ),
    }));
    this.stamp = stamp;
  }

  private stampNow(): string {
    const {registryFile, statusFile} = this.store.folder;
    return [registryFile, statusFile].map((path) => fileStamp(path)?.stamp ?? 'none').join(' ');
  }

  private async write(): Promise<void> {
    const batch = this.pending;
    if (batch.size === 0) return;
    this.pending = new Map();
    try {
      await this.store.updateStatuses([...batch.keys()], (status, name) =>
        (batch.get(name) ?? []).reduce((result, change) => change(result), status),
      );
    } catch (error) {
      this.onProblem(`The accounts' state could not be saved: ${messageOf(error)}`);
    }
  }
}
