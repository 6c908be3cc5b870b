import {mkdtemp, realpath, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';

import {DataFolder} from '../../src/accounts/data/data-folder.js';
import {AccountStore} from '../../src/accounts/store/store.js';

/**
 * npm puts the project's programs on PATH, Codex among them, which would ask the real backend: a test that wants it says so
 * (`codexOnPath`).
 */
const PATH_WITHOUT_CODEX = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
  .join(delimiter);

/** A throw-away HOME with a data folder in it. Nothing of the machine's own is ever touched. */
export class Sandbox {
  /** Warnings of the store. */
  readonly problems: string[] = [];
  readonly store: AccountStore;

  private constructor(readonly home: string) {
    this.store = new AccountStore(new DataFolder(this.dataDir), (problem) => this.problems.push(problem));
  }

  static async create(): Promise<Sandbox> {
    return new Sandbox(await realpath(await mkdtemp(join(tmpdir(), 'cao-test-'))));
  }

  get dataDir(): string {
    return join(this.home, '.codex-account-orchestrator');
  }

  accountHome(name: string): string {
    return join(this.dataDir, name);
  }

  /** The environment of a user who has nothing but this HOME. */
  environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
    return {
      PATH: PATH_WITHOUT_CODEX,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      HOME: this.home,
      XDG_DATA_HOME: join(this.home, 'xdg-data'),
      XDG_CONFIG_HOME: join(this.home, 'xdg-config'),
      XDG_CACHE_HOME: join(this.home, 'xdg-cache'),
      NO_COLOR: '1',
      ...extra,
    };
  }

  async remove(): Promise<void> {
    // A Codex that was just killed may still be writing its databases.
    await rm(this.home, {recursive: true, force: true, maxRetries: 10, retryDelay: 50});
  }
}
