import {join} from 'node:path';

import {statIfThere} from '../../files/absent.js';
import {readConfig} from './home-config.js';

/** The key of `config.toml` that says where Codex keeps a login. */
export const LOGIN_STORE_KEY = 'cli_auth_credentials_store';

/**
 * Where a home's `config.toml` has Codex keep the login, when that is not `auth.json`: `keyring` the system's keyring, `auto` the
 * keyring where there is one, `ephemeral` memory. Only Codex can read a login there.
 *
 * @returns null for `auth.json`, which is the default, and what `auto` comes to where that file is.
 */
export async function otherLoginStore(home: string): Promise<string | null> {
  const config = await readConfig(home);
  const value = config.kind === 'ok' ? config.values[LOGIN_STORE_KEY] : undefined;
  if (typeof value !== 'string' || value === 'file') return null;
  return value === 'auto' && (await statIfThere(join(home, 'auth.json'))) !== null ? null : value;
}

/** A clause that says what such a store means for whoever looks for `auth.json`. */
export function loginElsewhere(store: string): string {
  return `its config.toml has Codex keep the login outside auth.json (${LOGIN_STORE_KEY} = ${JSON.stringify(store)}), where only Codex can read it`;
}
