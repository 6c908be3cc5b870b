import {homedir} from 'node:os';
import {join, resolve} from 'node:path';

/** Where everything of `cao` lies unless `--data-dir` or `CAO_HOME` says otherwise. */
function defaultDataFolder(): string {
  return join(homedir(), '.codex-account-orchestrator');
}

/** The files of one data folder, by name. Knows where things are, not what is in them. */
export class DataFolder {
  readonly root: string;

  constructor(root: string = defaultDataFolder()) {
    this.root = resolve(root);
  }

  get registryFile(): string {
    return join(this.root, 'registry.json');
  }

  get statusFile(): string {
    return join(this.root, 'account_status.json');
  }

  get settingsFile(): string {
    return join(this.root, 'settings.json');
  }

  get sharingFile(): string {
    return join(this.root, 'sharing.json');
  }

  /** What an account had of its own in place of what it shares. */
  sharingBackup(accountName: string): string {
    return join(this.root, '.sharing-backup', accountName);
  }

  /** What each Codex program has said its version is. */
  get codexVersionsFile(): string {
    return join(this.root, 'codex.versions.json');
  }

  /** Logins that something else took the place of. */
  keptLogins(accountName: string): string {
    return join(this.root, '.kept-logins', accountName);
  }

  /** Copies of the logins that a Codex runs on now; of one account, or the folder of all. */
  loginsInUse(accountName = ''): string {
    return join(this.root, '.logins-in-use', accountName);
  }

  /** What spans several files, written down before its first step. */
  get intentions(): string {
    return join(this.root, '.intentions');
  }

  get gatewayFile(): string {
    return join(this.root, 'gateway.json');
  }

  get gatewaySecretFile(): string {
    return join(this.root, 'gateway.secret');
  }

  /** What each account has left, as last told. */
  get usageFile(): string {
    return join(this.root, 'usage.json');
  }

  get usageLockFile(): string {
    return join(this.root, '.usage.lock');
  }

  /** Usage and switches over time. */
  get historyFile(): string {
    return join(this.root, 'history.jsonl');
  }

  get historyLockFile(): string {
    return join(this.root, '.history.lock');
  }

  /** Of gateways without a terminal of their own. The dots in these names keep them clear of account names. */
  get gatewayLogFile(): string {
    return join(this.root, 'gateway.log');
  }

  /** Which account has which thread. */
  get gatewayStateFile(): string {
    return join(this.root, 'gateway.state.json');
  }

  /** What `cao gateway enable` changed, by home. */
  get gatewayRoutesFile(): string {
    return join(this.root, 'gateway.routes.json');
  }

  gatewayPidFile(port: number): string {
    return join(this.root, `gateway.${port}.pid`);
  }

  /** The lock under which the files of accounts and settings are written. */
  get lockFile(): string {
    return join(this.root, '.lock');
  }

  /** Held while a thread goes from one home to another. */
  get threadsLockFile(): string {
    return join(this.root, '.threads.lock');
  }

  /** The account's own CODEX_HOME. */
  home(accountName: string): string {
    return join(this.root, accountName);
  }
}
