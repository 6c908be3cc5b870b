import {BYTE_ORDER_MARK} from '../../files/text.js';
import {LOGIN_STORE_KEY} from './login-store.js';

/** A key that an account's `config.toml` must have. */
export type AccountKey = {
  key: string;
  wanted: string;
  /** It as a line of TOML, without its end. */
  line: string;
  /** What happens without it: a clause. */
  why: string;
};

const ACCOUNT_KEYS: readonly AccountKey[] = [
  accountKey(
    LOGIN_STORE_KEY,
    'file',
    'Codex would keep the login outside this account’s folder, and the accounts would share it',
  ),
  accountKey('forced_login_method', 'chatgpt', 'a login could become an API key'),
];

/** The `config.toml` of a new account. */
export const ACCOUNT_CONFIG = ACCOUNT_KEYS.map(({line}) => `${line}\n`).join('');

/** The keys whose value in a `config.toml` is not what an account needs; `found` is undefined where there is none. */
export function wrongAccountKeys(values: Record<string, unknown>): (AccountKey & {found: unknown})[] {
  return ACCOUNT_KEYS.map((wanted) => ({...wanted, found: values[wanted.key]})).filter(
    ({found, wanted}) => found !== wanted,
  );
}

/**
 * A `config.toml` with the keys that it does not set; the rest of it stays byte for byte, also a key with another value.
 *
 * @throws Error when it is not valid TOML.
 */
export async function withAccountKeys(toml: string): Promise<string> {
  const {readToml} = await import('./config-toml.js');
  const missing = wrongAccountKeys(readToml(toml)).filter(({found}) => found === undefined);
  const start = toml.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  // First, because keys after a table's head would belong to that table.
  return toml.slice(0, start) + missing.map(({line}) => `${line}\n`).join('') + toml.slice(start);
}

function accountKey(key: string, wanted: string, why: string): AccountKey {
  return {key, wanted, line: `${key} = ${JSON.stringify(wanted)}`, why};
}
