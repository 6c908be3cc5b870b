import {rename, rm} from 'node:fs/promises';

import {CaoError, usageError} from '../errors/errors.js';
import {JsonDocument} from '../files/json-document.js';
import {withLock} from '../files/lock.js';
import type {DataFolder} from './data-folder.js';
import {ensureHome, homeExists} from './homes.js';
import {isAccountName, requireAccountName} from './names.js';
import {type Registry, type RegistryFile, emptyRegistry, registrySchema} from './registry.js';
import {
  type Settings,
  type SettingKey,
  effectiveSettings,
  parseSettingValue,
  settingsFileSchema,
} from './settings.js';
import {
  type SharingFile,
  emptySharing,
  sharingFileSchema,
  withRenamed,
  withoutAccount,
} from './sharing-file.js';
import {
  type AccountBlock,
  type AccountStatus,
  type QuotaRecord,
  type StatusFile,
  afterBlock,
  afterFailure,
  afterQuota,
  afterSuccess,
  emptyStatus,
  emptyStatusFile,
  statusFileSchema,
} from './status.js';
import {UsageStore} from './usage-store.js';

export type {QuotaRecord} from './status.js';

/** One account as it stands in the data folder. */
export type Account = {name: string; home: string; isDefault: boolean; status: AccountStatus};

/** The only writer of the data folder's files. Any number of processes may hold one over the same folder. */
export class AccountStore {
  private readonly registryDocument: JsonDocument<RegistryFile>;
  private readonly statusDocument: JsonDocument<StatusFile>;
  private readonly settingsDocument: JsonDocument<Record<string, unknown>>;
  private readonly sharingDocument: JsonDocument<SharingFile>;

  /** What each account has left. */
  readonly usage: UsageStore;

  constructor(
    readonly folder: DataFolder,
    readonly onProblem: (problem: string) => void,
  ) {
    this.usage = new UsageStore(folder, onProblem);
    const shared = {lockPath: folder.lockFile, onProblem};
    this.registryDocument = new JsonDocument({
      ...shared,
      path: folder.registryFile,
      schema: registrySchema,
      empty: emptyRegistry,
    });
    this.statusDocument = new JsonDocument({
      ...shared,
      path: folder.statusFile,
      schema: statusFileSchema,
      empty: emptyStatusFile,
    });
    this.settingsDocument = new JsonDocument<Record<string, unknown>>({
      ...shared,
      path: folder.settingsFile,
      schema: settingsFileSchema,
      empty: () => ({}),
    });
    this.sharingDocument = new JsonDocument({
      ...shared,
      path: folder.sharingFile,
      schema: sharingFileSchema,
      empty: emptySharing,
    });
  }

  /** The registered names in the order in which they are tried, the default first. */
  async registry(): Promise<Registry> {
    const file = await this.registryDocument.read();
    const accounts = [...new Set(file.accounts)].filter((name) => {
      if (isAccountName(name)) return true;
      this.onProblem(
        `registry.json names ${JSON.stringify(name)}, which cannot be an account; it is ignored.`,
      );
      return false;
    });
    const chosen = file.default_account;
    const defaultAccount = chosen !== null && accounts.includes(chosen) ? chosen : (accounts[0] ?? null);
    if (defaultAccount === null) return {defaultAccount, accounts};
    return {
      defaultAccount,
      accounts: [defaultAccount, ...accounts.filter((name) => name !== defaultAccount)],
    };
  }

  /** Every account with its status, in the order in which they are tried. */
  async accounts(): Promise<Account[]> {
    const [registry, {statuses}] = await Promise.all([this.registry(), this.statusDocument.read()]);
    return registry.accounts.map((name) => ({
      name,
      home: this.folder.home(name),
      isDefault: name === registry.defaultAccount,
      status: statusOf(statuses, name),
    }));
  }

  /** @throws CaoError `unknown_account` (exit 2) naming the accounts there are. */
  async account(name: string): Promise<Account> {
    requireAccountName(name);
    const accounts = await this.accounts();
    return (
      accounts.find((account) => account.name === name) ??
      throwUnknown(
        name,
        accounts.map((a) => a.name),
      )
    );
  }

  /** Registers an account (again is fine) and creates its home. The first account becomes the default. */
  async add(name: string): Promise<{created: boolean; isDefault: boolean}> {
    requireAccountName(name);
    await ensureHome(this.folder.home(name));
    let created = false;
    const file = await this.registryDocument.update((current) => {
      created = !current.accounts.includes(name);
      return {
        ...current,
        accounts: created ? [...current.accounts, name] : current.accounts,
        default_account: current.default_account ?? name,
      };
    });
    return {created, isDefault: file.default_account === name};
  }

  async setDefault(name: string): Promise<void> {
    await this.account(name);
    await this.registryDocument.update((current) => {
      if (!current.accounts.includes(name)) throwUnknown(name, current.accounts);
      return {...current, default_account: name};
    });
  }

  /** Takes an account out of the rotation and, unless `keepFiles`, removes its home. */
  async remove(name: string, {keepFiles}: {keepFiles: boolean}): Promise<{newDefault: string | null}> {
    await this.account(name);
    return withLock(this.folder.lockFile, async () => {
      const file = await this.registryDocument.updateUnlocked((current) => {
        const accounts = current.accounts.filter((other) => other !== name);
        const wasDefault = current.default_account === name;
        return {
          ...current,
          accounts,
          default_account: wasDefault ? (accounts[0] ?? null) : current.default_account,
        };
      });
      await this.statusDocument.updateUnlocked((current) => ({
        ...current,
        statuses: without(current.statuses, name),
      }));
      await this.usage.remove(name);
      if (!keepFiles) {
        await this.sharingDocument.updateUnlocked((current) => withoutAccount(current, name));
        await rm(this.folder.sharingBackup(name), {recursive: true, force: true});
        await rm(this.folder.home(name), {recursive: true, force: true});
      }
      return {newDefault: file.default_account};
    });
  }

  /** Renames an account: folder, status and default together. */
  async rename(from: string, to: string): Promise<void> {
    await this.account(from);
    requireAccountName(to);
    await withLock(this.folder.lockFile, async () => {
      const {accounts} = await this.registryDocument.readUnlocked();
      if (!accounts.includes(from)) throwUnknown(from, accounts);
      if (accounts.includes(to))
        throw usageError(`There is an account "${to}" already.`, 'Choose another name.');
      if (await homeExists(this.folder.home(to))) {
        throw new CaoError(`The folder ${this.folder.home(to)} is in the way.`, {
          code: 'folder_exists',
          suggestions: [`Register what is in it (cao add ${to}), or move it away.`],
        });
      }
      // The folder first: should the process die in between, the registry's old name still says what is missing.
      if (await homeExists(this.folder.home(from)))
        await rename(this.folder.home(from), this.folder.home(to));
      await this.statusDocument.updateUnlocked((current) => {
        const others = without(current.statuses, from);
        return {...current, statuses: {...others, [to]: statusOf(current.statuses, from)}};
      });
      await this.usage.rename(from, to);
      await this.sharingDocument.updateUnlocked((current) => withRenamed(current, from, to));
      await this.registryDocument.updateUnlocked((current) => ({
        ...current,
        accounts: current.accounts.map((name) => (name === from ? to : name)),
        default_account: current.default_account === from ? to : current.default_account,
      }));
    });
  }

  /** Changes the status of one account. */
  async updateStatus(name: string, change: (status: AccountStatus) => AccountStatus): Promise<void> {
    await this.updateStatuses([name], change);
  }

  /** Changes the status of several accounts in one write. Names that are not registered (any more) are left out. */
  async updateStatuses(
    names: readonly string[],
    change: (status: AccountStatus, name: string) => AccountStatus,
  ): Promise<void> {
    await withLock(this.folder.lockFile, async () => {
      const {accounts} = await this.registryDocument.readUnlocked();
      const present = names.filter((name) => accounts.includes(name));
      if (present.length === 0) return;
      await this.statusDocument.updateUnlocked((current) => ({
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

  async recordAttempt(name: string, atMs: number): Promise<void> {
    await this.updateStatus(name, (status) => ({...status, lastAttemptAtMs: atMs}));
  }

  /** @param startedAtMs when what succeeded began; a quota met since then is not forgotten. */
  async recordSuccess(name: string, atMs: number, startedAtMs = atMs): Promise<void> {
    await this.updateStatus(name, (status) => afterSuccess(status, atMs, startedAtMs));
  }

  /** An ordinary failure: counted, but no reason to pass the account over. */
  async recordFailure(name: string, reason: string): Promise<void> {
    await this.updateStatus(name, (status) => afterFailure(status, reason));
  }

  /** Cools accounts down, or only one model of theirs. A later end of an earlier cooldown is never shortened. */
  async recordQuota(names: readonly string[], quota: QuotaRecord): Promise<void> {
    await this.updateStatuses(names, (status) => afterQuota(status, quota));
  }

  /** Takes an account out of the automatic order until it is logged in again or succeeds. */
  async recordBlocked(name: string, block: AccountBlock): Promise<void> {
    await this.updateStatus(name, (status) => afterBlock(status, block));
  }

  /** A fresh login: what was held against the account before is over. */
  async recordLogin(name: string): Promise<void> {
    await this.updateStatus(name, (status) => ({
      ...status,
      blocked: null,
      cooldownUntilMs: null,
      consecutiveFailures: 0,
      lastError: null,
    }));
  }

  /** What accounts share with another home. */
  async sharing(): Promise<SharingFile> {
    return this.sharingDocument.read();
  }

  async updateSharing(change: (current: SharingFile) => SharingFile): Promise<void> {
    await this.sharingDocument.update(change);
  }

  /** The settings with defaults filled in. */
  async settings(): Promise<Settings> {
    return effectiveSettings(await this.settingsDocument.read(), this.onProblem);
  }

  /** The keys that the user has set. */
  async settingsFile(): Promise<Record<string, unknown>> {
    return this.settingsDocument.read();
  }

  async setSetting(key: SettingKey, text: string): Promise<unknown> {
    const value = parseSettingValue(key, text);
    await this.settingsDocument.update((current) => ({...current, [key]: value}));
    return value;
  }

  async unsetSetting(key: SettingKey): Promise<void> {
    await this.settingsDocument.update((current) => without(current, key));
  }
}

/** Own keys only: `constructor` is a valid account name. */
function statusOf(statuses: Record<string, AccountStatus>, name: string): AccountStatus {
  return (Object.hasOwn(statuses, name) ? statuses[name] : undefined) ?? emptyStatus();
}

function without<T>(entries: Record<string, T>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([other]) => other !== key));
}

function throwUnknown(name: string, known: readonly string[]): never {
  throw usageError(
    `There is no account "${name}".`,
    known.length > 0 ? `The accounts are: ${known.join(', ')}` : `Add it: cao add ${name}`,
  );
}
