import {BYTE_ORDER_MARK} from '../../files/text/text.js';
import {LOGIN_STORE_KEY} from './login-store.js';

/** `forced_login_method` of config.toml: Codex logs out, and deletes, a login of the other kind. */
export type LoginMethod = 'chatgpt' | 'api';

/** A key that an account's `config.toml` must have. */
export type AccountKey = {
  key: string;
  wanted: string;
  /** It as a line of TOML, without its end. */
  line: string;
  /** What happens without it: a clause. */
  why: string;
};

/** The key of `config.toml` that forces a method. */
export const LOGIN_METHOD_KEY = 'forced_login_method';

/** The `config.toml` of a new account. */
export function accountConfig(method: LoginMethod): string {
  return accountKeys(method)
    .map(({line}) => `${line}\n`)
    .join('');
}

/**
 * The keys whose value in a `config.toml` is not what an account needs; `found` is undefined where there is none.
 *
 * @param method that suits the account's login.
 */
export function wrongAccountKeys(
  values: Record<string, unknown>,
  method: LoginMethod,
): (AccountKey & {found: unknown})[] {
  return accountKeys(method)
    .map((wanted) => ({...wanted, found: values[wanted.key]}))
    .filter(({found, wanted}) => found !== wanted);
}

/**
 * A `config.toml` with the keys that it does not set; the rest of it stays byte for byte, also a key with another value.
 *
 * @throws Error when it is not valid TOML.
 */
export async function withAccountKeys(toml: string, method: LoginMethod): Promise<string> {
  const {readToml} = await import('./config-toml.js');
  const missing = wrongAccountKeys(readToml(toml), method).filter(({found}) => found === undefined);
  const start = toml.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  // First, because keys after a table's head would belong to that table.
  return toml.slice(0, start) + missing.map(({line}) => `${line}\n`).join('') + toml.slice(start);
}

/**
 * A `config.toml` whose forced login method, where it has one, is this; null takes it out. The rest stays byte for byte.
 */
export async function withLoginMethod(toml: string, method: LoginMethod | null): Promise<string> {
  const {tomlStatements} = await import('./config-toml.js');
  const statement = tomlStatements(toml).find(
    ({kind, table, name}) =>
      kind === 'key' && table === null && name.replaceAll(/["']/g, '') === LOGIN_METHOD_KEY,
  );
  if (!statement) return toml;
  const {start, end} = statement;
  const lineEnd = /\r?\n$/.exec(toml.slice(start, end))?.[0] ?? '';
  const line = method === null ? '' : `${methodKey(method).line}${lineEnd}`;
  const from = start === 0 && toml.startsWith(BYTE_ORDER_MARK) ? 1 : start;
  return toml.slice(0, from) + line + toml.slice(end);
}

/** The key of `config.toml` that ties logins to workspaces: Codex logs out, and deletes, one of another workspace. */
export const WORKSPACE_KEY = 'forced_chatgpt_workspace_id';

/** The workspaces that a value of {@link WORKSPACE_KEY} ties logins to; none where it is not set. */
export function forcedWorkspacesIn(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value];
}

function accountKeys(method: LoginMethod): AccountKey[] {
  return [
    accountKey(
      LOGIN_STORE_KEY,
      'file',
      'Codex would keep the login outside this account’s folder, and the accounts would share it',
    ),
    methodKey(method),
  ];
}

function methodKey(method: LoginMethod): AccountKey {
  return accountKey(
    LOGIN_METHOD_KEY,
    method,
    method === 'chatgpt' ? 'a login could become an API key' : 'a billed login could become another one',
  );
}

function accountKey(key: string, wanted: string, why: string): AccountKey {
  return {key, wanted, line: `${key} = ${JSON.stringify(wanted)}`, why};
}
