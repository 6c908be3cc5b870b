import {JsonDocument} from '../../files/json/document.js';
import type {DataFolder} from '../data/data-folder.js';
import type {HistoryPoint} from '../../contract/index.js';
import {usageAsOf} from '../data/clock-ahead.js';
import {appendHistory} from './history.js';
import type {Rename} from './status-store.js';
import {
  type AccountUsage,
  type StoredWindow,
  type UsageFile,
  type UsageSample,
  mergeSample,
  keyed,
  usageFileSchema,
} from '../data/usage-file.js';

/** The history gets a window again when it moved by this much, or after this long. */
const HISTORY_STEP_PERCENT = 1;
const HISTORY_STEP_MS = 30 * 60_000;

/** What each account has left, as last told: `usage.json`. Its own lock, so that busy gateways hold up nobody else. */
export class UsageStore {
  readonly document: JsonDocument<UsageFile>;

  constructor(
    private readonly folder: DataFolder,
    onProblem: (problem: string) => void,
    private readonly renames: () => Promise<readonly Rename[]> = () => Promise.resolve([]),
  ) {
    this.document = new JsonDocument<UsageFile>({
      path: folder.usageFile,
      schema: usageFileSchema,
      empty: () => ({accounts: {}}),
      damaged: 'restart',
      lockPath: folder.usageLockFile,
      onProblem,
    });
  }

  /** @param options as {@link JsonDocument.read} takes them. */
  async read(options: {strict?: boolean} = {}): Promise<UsageFile> {
    const renames = await this.renames();
    return renames.reduce(
      (file, {from, to}) => renamedUsage(file, from, to),
      await this.document.read(options),
    );
  }

  /** Any number of samples in one write; the history gets what moved. */
  async record(samples: readonly UsageSample[], nowMs = Date.now()): Promise<void> {
    if (samples.length === 0) return;
    let entries: HistoryPoint[] = [];
    await this.document.update((file) => {
      entries = [];
      return samples.reduce((current, sample) => {
        const {account} = sample;
        const before = usageAsOf(usageOf(current, account), nowMs);
        const after = withSample(current, sample, nowMs);
        entries.push(...moved(account, before, usageOf(after, account)));
        return after;
      }, file);
    });
    await appendHistory(this.folder, entries);
  }

  /** When the usage endpoint was asked for this account, whatever came of it; null for never. */
  async recordPoll(account: string, atMs: number | null): Promise<void> {
    await this.document.update((file) =>
      withUsage(file, account, {...usageOf(file, account), lastPollAtMs: atMs}),
    );
  }

  async rename(from: string, to: string): Promise<void> {
    await this.document.update((file) => renamedUsage(file, from, to));
  }

  async remove(account: string): Promise<void> {
    await this.document.update((file) => withoutUsage(file, account));
  }
}

/** Own keys only: `constructor` is a valid account name. */
export function usageOf(file: UsageFile, account: string): AccountUsage {
  return (Object.hasOwn(file.accounts, account) ? file.accounts[account] : undefined) ?? {windows: []};
}

/** The file with a sample brought in. */
export function withSample(file: UsageFile, sample: UsageSample, nowMs: number): UsageFile {
  const {account} = sample;
  return withUsage(file, account, mergeSample(usageAsOf(usageOf(file, account), nowMs), sample));
}

function withUsage(file: UsageFile, account: string, usage: AccountUsage): UsageFile {
  return {...file, accounts: {...file.accounts, [account]: usage}};
}

/** The file with an account under another name; as it is where that is done. */
function renamedUsage(file: UsageFile, from: string, to: string): UsageFile {
  if (!Object.hasOwn(file.accounts, from)) return file;
  return withUsage(withoutUsage(file, from), to, usageOf(file, from));
}

function withoutUsage(file: UsageFile, account: string): UsageFile {
  const kept = Object.entries(file.accounts).filter(([name]) => name !== account);
  return {...file, accounts: Object.fromEntries(kept)};
}

function moved(account: string, before: AccountUsage, after: AccountUsage): HistoryPoint[] {
  const known = keyed(before.windows);
  return [...keyed(after.windows)]
    .filter(([key, window]) => hasMoved(window, known.get(key)))
    .map(([, window]) => ({
      kind: 'usage',
      atMs: window.atMs,
      account,
      limitId: window.limitId,
      windowMinutes: window.windowMinutes,
      usedPercent: window.usedPercent,
      source: window.source,
    }));
}

function hasMoved(window: StoredWindow, old: StoredWindow | undefined): boolean {
  if (!old) return true;
  if (window.atMs <= old.atMs) return false;
  return (
    Math.abs(window.usedPercent - old.usedPercent) >= HISTORY_STEP_PERCENT ||
    window.atMs - old.atMs >= HISTORY_STEP_MS
  );
}
