import {homedir} from 'node:os';
import {join, resolve} from 'node:path';

/** Where everything of `cao` lies unless `--data-dir` or `CAO_HOME` says otherwise. */
export function defaultDataFolder(): string {
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

  get gatewayFile(): string {
    return join(this.root, 'gateway.json');
  }

  get gatewaySecretFile(): string {
    return join(this.root, 'gateway.secret');
  }

  /** The one lock under which the files above are written. */
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
