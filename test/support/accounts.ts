import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import {accountConfig} from '../../src/codex/home/account-config.js';
import {mintJwt} from '../../src/simulator/index.js';
import type {Sandbox} from './sandbox.js';

export type TestLogin = {
  email: string;
  plan: string;
  userId: string;
  workspaceId: string;
  expiresAtMs: number;
  refreshToken: string | null;
};

/** Writes a file below the data folder, private unless told otherwise. */
export async function writeData(
  sandbox: Sandbox,
  path: string,
  content: unknown,
  mode = 0o600,
): Promise<string> {
  const full = join(sandbox.dataDir, path);
  await mkdir(dirname(full), {recursive: true, mode: 0o700});
  await writeFile(full, typeof content === 'string' ? content : JSON.stringify(content, null, 2), {mode});
  return full;
}

/** Registers accounts that are logged in, the first as the default. */
export async function registerAccounts(
  sandbox: Sandbox,
  names: readonly string[],
  login: Partial<TestLogin> = {},
): Promise<void> {
  await writeData(sandbox, 'registry.json', {default_account: names[0] ?? null, accounts: names});
  for (const name of names) {
    await writeData(sandbox, `${name}/config.toml`, accountConfig('chatgpt'));
    await writeData(sandbox, `${name}/auth.json`, authJson(name, login));
  }
}

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
  const refreshToken = login.refreshToken === undefined ? `rt-of-the-account-${name}` : login.refreshToken;
  return {
    auth_mode: 'chatgpt',
    OPENAI_API_KEY: null,
    tokens: {
      id_token: mintJwt(claims),
      access_token: mintJwt(claims),
      ...(refreshToken === null ? {} : {refresh_token: refreshToken}),
      account_id: workspaceId,
    },
    last_refresh: new Date(Date.now() - 86_400_000).toISOString(),
  };
}
