import {CaoError, usageError} from '../../errors/index.js';
import {JsonDocument, type JsonFile} from '../../files/json/document.js';
import {withLock} from '../../files/lock.js';
import type {UsePolicy} from '../data/gateway-file.js';
import type {DataFolder} from '../data/data-folder.js';
import {gatewayDocument, usePolicyOf} from '../data/gateway-file.js';
import {CodexVersions} from './codex-versions.js';
import {ensureHome, hasArrived, homeExists} from './homes.js';
import {registryRenamed, registryWith, registryWithout} from '../data/registry-changes.js';
import {AccountChanges, type Registered} from './account-changes.js';
import {IntentionLog, type Pending} from './intention-log.js';
import {isHomeMoved} from './renaming.js';
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
import {type Rename, StatusStore} from './status-store.js';
import type {AccountStatus} from '../data/status-file.js';
import {UsageStore} from './usage-store.js';
import {caoLine} from '../../files/text/shell-words.js';

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
  /** Changes of several files that are under way or were left half done. */
  readonly intentions: IntentionLog;
  private readonly changes: AccountChanges;

  constructor(
    readonly folder: DataFolder,
    readonly onProblem: (problem: string) => void,
  ) {
    this.intentions = new IntentionLog(folder);
    const renames = (): Promise<Rename[]> => this.movedAccounts();
    this.registryDocument = new JsonDocument({
      path: folder.registryFile,
      lockPath: folder.lockFile,
      onProblem,
      schema: registrySchema,
      empty: emptyRegistry,
      damaged: 'refuse',
      // Accounts that cannot be told are not none.
      essential: 'accounts',
      fromNewer: registryFromNewer,
    });
    this.status = new StatusStore({
      path: folder.statusFile,
      lockPath: folder.lockFile,
      onProblem,
      withRegistered: (work) =>
        withLock(folder.lockFile, async () => work((await this.registryDocument.readUnlocked()).accounts)),
      renames,
    });
    this.usage = new UsageStore(folder, onProblem, renames);
    this.settings = new SettingsStore(folder, onProblem);
    this.sharing = new SharingStore(folder, onProblem);
    this.codexVersions = new CodexVersions(folder, onProblem);
    const {registryDocument, status, usage, sharing, intentions} = this;
    this.changes = new AccountChanges({
      folder,
      onProblem,
      registryDocument,
      status,
      usage,
      sharing,
      intentions,
    });
  }

  /** The registered names in the order in which they are tried, the default first. */
  async registry(): Promise<Registry> {
    const file = await this.registryFile();
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

  /**
   * Registers an account (again is fine) and creates its home. The first account becomes the default. The home comes
   * first: without a login, it is nothing that anybody could miss.
   */
  async add(name: string): Promise<Registered> {
    requireAccountName(name);
    if (!(await this.registry()).accounts.includes(name)) requireNewAccountName(name);
    await ensureHome(this.folder.home(name));
    return this.changes.alone(() => this.changes.register(name));
  }

  async setDefault(name: string): Promise<void> {
    await this.account(name);
    await this.changes.alone(() =>
      this.registryDocument.updateUnlocked((current) => {
        if (!current.accounts.includes(name)) throwUnknown(name, current.accounts);
        return {...current, default_account: name};
      }),
    );
  }

  /**
   * Takes an account out of the rotation and, unless `keepFiles`, removes its home.
   *
   * @throws CaoError `half_done` when it stops half-way: the next command goes on.
   */
  async remove(name: string, {keepFiles}: {keepFiles: boolean}): Promise<{newDefault: string | null}> {
    await this.account(name, {wanted: false});
    return this.changes.alone(async () => {
      // Another command may have been quicker.
      const {accounts} = await this.registryDocument.readUnlocked();
      if (!accounts.includes(name)) throwUnknown(name, accounts, {wanted: false});
      await this.changes.remove(name, {keepFiles});
      return {newDefault: (await this.registryDocument.readUnlocked()).default_account};
    });
  }

  /**
   * Renames an account: folder, default and all that is known of it together.
   *
   * @throws CaoError `half_done` when it stops half-way: the next command finishes it, and until then the account is shown
   *   by the name that its folder has.
   */
  async rename(from: string, to: string): Promise<void> {
    await this.account(from, {wanted: false});
    requireNewAccountName(to);
    await this.changes.alone(async () => {
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
      await this.changes.rename({from, to});
    });
  }

  /**
   * Puts a login in the place of an account's former one, which is kept aside, and takes back what was held against that;
   * an account that is not registered yet becomes so with its login. Wholly or not at all.
   *
   * @param content of the `auth.json`.
   * @param options `forget`: somebody else is logged in there now, so nothing known of how the account stands holds.
   *   `fit`: does what else the home needs for that login.
   * @returns `keptIn`: where the former login is; null for none.
   */
  async replaceLogin(
    name: string,
    content: Buffer,
    options: {forget: boolean; fit: () => Promise<void>},
  ): Promise<Registered & {keptIn: string | null}> {
    requireAccountName(name);
    if (!(await this.registry()).accounts.includes(name)) requireNewAccountName(name);
    return this.changes.replaceLogin(name, content, options);
  }

  /** Finishes or takes back what killed processes have left half done of accounts, and tells of it. */
  async settle(): Promise<void> {
    await this.changes.settle();
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

  /** The registry as it will be when all is done that is under way: as the folders are. */
  private async registryFile(): Promise<RegistryFile> {
    // Before the registry: what is done in between is in that.
    const pending = await this.intentions.pending();
    const moved = await this.movedAccounts(pending);
    let file = moved.reduce(registryRenamed, await this.registryDocument.read());
    for (const {intention} of pending) {
      if (intention?.kind === 'remove') file = registryWithout(file, intention.name);
      if (intention?.kind === 'log-in' && (await hasArrived(intention, this.folder.home(intention.name))))
        file = registryWith(file, intention.name);
    }
    return file;
  }

  /** Renames that are not done, of which the folder has its new name already. */
  private async movedAccounts(pending?: readonly Pending[]): Promise<Rename[]> {
    const moved: Rename[] = [];
    for (const {intention} of pending ?? (await this.intentions.pending())) {
      if (intention?.kind === 'rename' && (await isHomeMoved(this.folder, intention))) moved.push(intention);
    }
    return moved;
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
