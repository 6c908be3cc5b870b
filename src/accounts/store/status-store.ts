import type {JsonDocumentOptions} from '../../files/json/document.js';
import {JsonDocument} from '../../files/json/document.js';
import {type Consequence, applyConsequence} from '../state/consequences.js';
import {
  type AccountStatus,
  type StatusFile,
  emptyStatus,
  emptyStatusFile,
  statusFileSchema,
} from '../data/status-file.js';

/** An account that gets another name. */
export type Rename = {from: string; to: string};

/** What the status store needs of the data folder around it. */
export type StatusSurroundings = Pick<JsonDocumentOptions<StatusFile>, 'path' | 'lockPath' | 'onProblem'> & {
  /** Runs under the lock of the data folder with the names that are registered then. */
  withRegistered: (work: (names: readonly string[]) => Promise<void>) => Promise<void>;
  /** Renames that are under way, for whoever only looks. */
  renames: () => Promise<readonly Rename[]>;
};

/** What happened on each account: `account_status.json`. */
export class StatusStore {
  readonly document: JsonDocument<StatusFile>;

  constructor(private readonly surroundings: StatusSurroundings) {
    const {path, lockPath, onProblem} = surroundings;
    this.document = new JsonDocument({
      path,
      lockPath,
      onProblem,
      schema: statusFileSchema,
      empty: emptyStatusFile,
      damaged: 'restart',
    });
  }

  /**
   * One look at the file.
   *
   * @param options as {@link JsonDocument.read} takes them.
   * @returns the status of an account by its name.
   */
  async read(options: {strict?: boolean} = {}): Promise<(name: string) => AccountStatus> {
    const renames = await this.surroundings.renames();
    const {statuses} = renames.reduce(
      (file, {from, to}) => renamedStatus(file, from, to),
      await this.document.read(options),
    );
    return (name) => statusOf(statuses, name);
  }

  /** Changes the status of accounts in one write. Names that are not registered (any more) are left out. */
  async update(
    names: readonly string[],
    change: (status: AccountStatus, name: string) => AccountStatus,
  ): Promise<void> {
    await this.surroundings.withRegistered(async (registered) => {
      const present = names.filter((name) => registered.includes(name));
      if (present.length === 0) return;
      await this.document.updateUnlocked((current) => ({
        ...current,
        statuses: {
          ...current.statuses,
          ...Object.fromEntries(
            present.map((name) => [name, change(statusOf(current.statuses, name), name)]),
          ),
        },
      }));
    });
  }

  /** Writes down what an end means for these accounts. @param atMs when it came about. */
  async record(names: readonly string[], consequence: Consequence, atMs: number): Promise<void> {
    await this.update(names, (status) => applyConsequence(status, consequence, atMs));
  }

  async recordAttempt(name: string, atMs: number): Promise<void> {
    await this.update([name], (status) => ({...status, lastAttemptAtMs: atMs}));
  }

  /** For a caller that holds the lock of the data folder. */
  async removeUnlocked(name: string): Promise<void> {
    await this.document.updateUnlocked((current) => ({
      ...current,
      statuses: without(current.statuses, name),
    }));
  }

  /** For a caller that holds the lock of the data folder. */
  async renameUnlocked(from: string, to: string): Promise<void> {
    await this.document.updateUnlocked((current) => renamedStatus(current, from, to));
  }

  /** For a caller that holds the lock of the data folder, and knows that the account is or will be registered. */
  async changeUnlocked(name: string, change: (status: AccountStatus) => AccountStatus): Promise<void> {
    await this.document.updateUnlocked((current) => ({
      ...current,
      statuses: {...current.statuses, [name]: change(statusOf(current.statuses, name))},
    }));
  }
}

/** The file with an account under another name; as it is where that is done. */
function renamedStatus(file: StatusFile, from: string, to: string): StatusFile {
  if (!Object.hasOwn(file.statuses, from)) return file;
  return {...file, statuses: {...without(file.statuses, from), [to]: statusOf(file.statuses, from)}};
}

/** Own keys only: `constructor` is a valid account name. */
function statusOf(statuses: Record<string, AccountStatus>, name: string): AccountStatus {
  return (Object.hasOwn(statuses, name) ? statuses[name] : undefined) ?? emptyStatus();
}

function without<T>(entries: Record<string, T>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([other]) => other !== key));
}
