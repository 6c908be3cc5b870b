import {rename, rm} from 'node:fs/promises';

import {CaoError, usageError} from '../../errors/index.js';
import {JsonDocument, type JsonFile} from '../../files/json/document.js';
import {withLock} from '../../files/lock.js';
import type {UsePolicy} from '../data/gateway-file.js';
import type {DataFolder} from '../data/data-folder.js';
import {gatewayDocument, usePolicyOf} from '../data/gateway-file.js';
import {CodexVersions} from './codex-versions.js';
import {ensureHome, homeExists} from './homes.js';
import {removeKeptLogins, renameKeptLogins} from './kept-logins.js';
import {noAccountsYet} from '../data/no-accounts.js';
import {isAccountName, requireAccountName, requireNewAccountName} from '../data/names.js';
import {
  type Registry,
  type RegistryFile,
  emptyRegistry,
  registryFromNewer,
  registrySchema,
} from '../data/registry-file.js';
import {SettingsStore} from './settings-store.js';
import {SharingStore} from './sharing-store.js';
import {StatusStore} from './status-store.js';
import {type AccountStatus, emptyStatus} from '../data/status-file.js';
import {UsageStore} from './usage-store.js';
import {caoLine} from '../../files/shell-words.js';

/** One account as it stands in the data folder. */
export type Account = {name: string; home: string; isDefault: boolean; status: AccountStatus};

/**
 * The accounts of a data folder: which there are and in what order, and the stores of what is known of them. With these
 * the only writer of the folder's files. Any number of processes may hold one over the same folder.
 */
export class AccountStore {
  private readonly registryDocument: JsonDocument<RegistryFile>;

  /** What happened on each account. */
  readonly status: StatusStore;
  /** What each account has left. */
  readonly usage: UsageStore;
  readonly settings: SettingsStore;
  readonly sharing: SharingStore;
  /** Of the Codex programs that were run. */
  readonly codexVersions: CodexVersions;

  constructor(
    readonly folder: DataFolder,
    readonly onProblem: (problem: string) => void,
  ) {
    this.registryDocument = new JsonDocument({
      path: folder.registryFile,
      lockPath: folder.lockFile,
      onProblem,
      schema: registrySchema,
      empty: emptyRegistry,
      damaged: 'refuse',
      fromNewer: registryFromNewer,
    });
    this.status = new StatusStore({
      path: folder.statusFile,
      lockPath: folder.lockFile,
      onProblem,
      withRegistered: (work) =>
        withLock(folder.lockFile, async () => work((await this.registryDocument.readUnlocked()).accounts)),
    });
    this.usage = new UsageStore(folder, onProblem);
    this.settings = new SettingsStore(folder, onProblem);
    this.sharing = new SharingStore(folder, onProblem);
    this.codexVersions = new CodexVersions(folder, onProblem);
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

  /**
   * Every account with its status, in the order in which they are tried.
   *
   * @param options as {@link JsonDocument.read} takes them.
   */
  async accounts(options: {strict?: boolean} = {}): Promise<Account[]> {
    const [registry, statusOf] = await Promise.all([this.registry(), this.status.read(options)]);
    return registry.accounts.map((name) => ({
      name,
      home: this.folder.home(name),
      isDefault: name === registry.defaultAccount,
      status: statusOf(name),
    }));
  }

  /**
   * @param wanted false where the account is to go or to change: adding one would be no help.
   * @throws CaoError `usage` (exit 2) naming the accounts there are.
   */
  async account(name: string, {wanted = true} = {}): Promise<Account> {
    requireAccountName(name);
    const accounts = await this.accounts();
    return (
      accounts.find((account) => account.name === name) ??
      throwUnknown(
        name,
        accounts.map((a) => a.name),
        {wanted},
      )
    );
  }

  /** Registers an account (again is fine) and creates its home. The first account becomes the default. */
  async add(name: string): Promise<{created: boolean; isDefault: boolean}> {
    requireAccountName(name);
    if (!(await this.registry()).accounts.includes(name)) requireNewAccountName(name);
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
    await this.account(name, {wanted: false});
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
      await this.status.removeUnlocked(name);
      await this.usage.remove(name);
      if (!keepFiles) {
        await this.sharing.removeUnlocked(name);
        await rm(this.folder.sharingBackup(name), {recursive: true, force: true});
        await removeKeptLogins(this.folder, name);
        await rm(this.folder.home(name), {recursive: true, force: true});
      }
      return {newDefault: file.default_account};
    });
  }

  /** Renames an account: folder, status and default together. */
  async rename(from: string, to: string): Promise<void> {
    await this.account(from, {wanted: false});
    requireNewAccountName(to);
    await withLock(this.folder.lockFile, async () => {
      const {accounts} = await this.registryDocument.readUnlocked();
      if (!accounts.includes(from)) throwUnknown(from, accounts);
      if (accounts.includes(to))
        throw usageError(`There is an account "${to}" already.`, 'Choose another name.');
      if (await homeExists(this.folder.home(to))) {
        throw new CaoError(`The folder ${this.folder.home(to)} is in the way.`, {
          code: 'folder_exists',
          suggestions: [`Register what is in it (${caoLine('add', to)}), or move it away.`],
        });
      }
      // The folder first: should the process die in between, the registry's old name still says what is missing.
      if (await homeExists(this.folder.home(from)))
        await rename(this.folder.home(from), this.folder.home(to));
      await this.status.renameUnlocked(from, to);
      await this.usage.rename(from, to);
      await this.sharing.renameUnlocked(from, to);
      await renameKeptLogins(this.folder, from, to);
      await this.registryDocument.updateUnlocked((current) => ({
        ...current,
        accounts: current.accounts.map((name) => (name === from ? to : name)),
        default_account: current.default_account === from ? to : current.default_account,
      }));
    });
  }

  /** Takes back what is known of how an account stands: somebody else is logged in there now. */
  async forgetFigures(name: string): Promise<void> {
    await this.status.update([name], emptyStatus);
    await this.usage.remove(name);
  }

  /** The files of this folder that hold JSON, but for those that a gateway alone writes. */
  get files(): readonly JsonFile[] {
    return [
      this.registryDocument,
      this.status.document,
      this.usage.document,
      this.settings.document,
      this.sharing.document,
      this.codexVersions.document,
      gatewayDocument(this.folder, this.onProblem),
    ];
  }

  /** Registers accounts whose homes are there, behind those that are registered. @param chosen the default, where there is none. */
  async takeUp(names: readonly string[], chosen: string | null = null): Promise<void> {
    await this.registryDocument.update((current) => {
      const accounts = [...new Set([...current.accounts, ...names])];
      const first = chosen !== null && accounts.includes(chosen) ? chosen : (accounts[0] ?? null);
      return {...current, accounts, default_account: current.default_account ?? first};
    });
  }

  /** How the user wants the accounts to be used. */
  async usePolicy(): Promise<UsePolicy> {
    return usePolicyOf(await gatewayDocument(this.folder, this.onProblem).read());
  }

  /** Whom the accounts' tokens are refreshed for, with or without a gateway. */
  async oauthClientId(): Promise<string> {
    return (await gatewayDocument(this.folder, this.onProblem).read()).oauthClientId;
  }
}

function throwUnknown(name: string, known: readonly string[], {wanted = true} = {}): never {
  if (known.length > 0)
    throw usageError(`There is no account "${name}".`, `The accounts are: ${known.join(', ')}`);
  // Who wants to be rid of an account is not told how to get one.
  throw usageError(
    `There is no account "${name}", nor any other yet.`,
    ...(wanted ? noAccountsYet().suggestions : ['The accounts of another folder: --data-dir PATH']),
  );
}
