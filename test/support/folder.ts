import {mkdtemp, mkdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {ACCOUNT_CONFIG} from '../../src/accounts/homes.js';
import {DataFolder} from '../../src/accounts/data-folder.js';
import {AccountStore} from '../../src/accounts/store.js';
import {mintJwt} from '../../src/simulator/index.js';

/** A data folder of its own, gone after the test. */
export class TestFolder {
  private constructor(readonly root: string) {}

  static async create(): Promise<TestFolder> {
    return new TestFolder(await mkdtemp(join(tmpdir(), 'cao-test-')));
  }

  /** The HOME that goes with it. */
  get home(): string {
    return join(this.root, 'home');
  }

  get data(): string {
    return join(this.root, 'data');
  }

  get store(): AccountStore {
    return new AccountStore(new DataFolder(this.data), () => undefined);
  }

  /** The environment for a command on this folder. */
  get env(): NodeJS.ProcessEnv {
    return {PATH: process.env['PATH'], HOME: this.home, CAO_HOME: this.data, TZ: 'UTC', LANG: 'C.UTF-8'};
  }

  async write(path: string, content: unknown, mode = 0o600): Promise<string> {
    const full = join(this.data, path);
    await mkdir(join(full, '..'), {recursive: true, mode: 0o700});
    await writeFile(full, typeof content === 'string' ? content : JSON.stringify(content, null, 2), {mode});
    return full;
  }

  /** Registers accounts that are logged in, the first as the default. */
  async accounts(names: readonly string[], login: Partial<TestLogin> = {}): Promise<void> {
    await mkdir(this.home, {recursive: true});
    await this.write('registry.json', {default_account: names[0] ?? null, accounts: names});
    for (const name of names) {
      await this.write(`${name}/config.toml`, ACCOUNT_CONFIG);
      await this.write(`${name}/auth.json`, authJson(name, login));
    }
  }

  async remove(): Promise<void> {
    await rm(this.root, {recursive: true, force: true});
  }
}

export type TestLogin = {
  email: string;
  plan: string;
  userId: string;
  workspaceId: string;
  expiresAtMs: number;
  refreshToken: string | null;
};

/** The contents of an auth.json as Codex writes it after a login. */
export function authJson(name: string, login: Partial<TestLogin> = {}): Record<string, unknown> {
  const workspaceId = login.workspaceId ?? `workspace-${name}`;
  const claims = {
    email: login.email ?? `${name}@example.test`,
    exp: Math.floor((login.expiresAtMs ?? Date.now() + 10 * 86_400_000) / 1000),
    'https://api.openai.com/auth': {
      chatgpt_user_id: login.userId ?? `user-${name}`,
      chatgpt_account_id: workspaceId,
      chatgpt_plan_type: login.plan ?? 'plus',
      organizations: [{id: `org-${name}`, is_default: true}],
    },
  };
  return {
    auth_mode: 'chatgpt',
    OPENAI_API_KEY: null,
    tokens: {
      id_token: mintJwt(claims),
      access_token: mintJwt(claims),
      ...(login.refreshToken === null
        ? {}
        : {refresh_token: login.refreshToken ?? `rt-of-the-account-${name}`}),
      account_id: workspaceId,
    },
    last_refresh: new Date(Date.now() - 86_400_000).toISOString(),
  };
}
