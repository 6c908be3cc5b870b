import {join} from 'node:path';

import {z} from 'zod';

import {CaoError, messageOf} from '../../errors/errors.js';
import {readTextIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {parseJson} from '../../files/json-values.js';
import {rememberSecret} from '../../files/redact.js';

/** Tokens as Codex keeps them. A provider may leave the id token out until the first refresh. */
const tokensSchema = z.looseObject({
  id_token: z.string().nullish(),
  access_token: z.string().nullish(),
  refresh_token: z.string().nullish(),
  account_id: z.string().nullish(),
});

const authSchema = z.looseObject({
  auth_mode: z.string().nullish(),
  OPENAI_API_KEY: z.string().nullish(),
  tokens: tokensSchema.nullish(),
  last_refresh: z.string().nullish(),
  personal_access_token: z.string().nullish(),
});

/** `auth.json` as far as `cao` reads it; every other key is kept as it stands. */
export type CodexAuth = z.infer<typeof authSchema>;

export type AuthFileState =
  | {kind: 'ok'; auth: CodexAuth}
  | {kind: 'missing'}
  /** `reason` names the trouble without quoting the file. */
  | {kind: 'unreadable'; reason: string};

export function authFilePath(home: string): string {
  return join(home, 'auth.json');
}

/** Checks the shape of an `auth.json` value. @returns null when it cannot be one. */
export function parseAuth(value: unknown): CodexAuth | null {
  const checked = authSchema.safeParse(value);
  if (!checked.success) return null;
  rememberSecret(checked.data.OPENAI_API_KEY);
  rememberSecret(checked.data.personal_access_token);
  rememberSecret(checked.data.tokens?.access_token);
  rememberSecret(checked.data.tokens?.id_token);
  rememberSecret(checked.data.tokens?.refresh_token);
  return checked.data;
}

/** The login of a home. Never throws for a bad file: an account without a usable login is an ordinary state. */
export async function readAuthFile(home: string): Promise<AuthFileState> {
  let text: string | null;
  try {
    text = await readTextIfThere(authFilePath(home));
  } catch (error) {
    return {kind: 'unreadable', reason: messageOf(error)};
  }
  if (text === null) return {kind: 'missing'};
  const json = parseJson(text);
  if (json === undefined) return {kind: 'unreadable', reason: 'not JSON'};
  const auth = parseAuth(json);
  return auth ? {kind: 'ok', auth} : {kind: 'unreadable', reason: 'not the shape of an auth.json'};
}

/** Writes a login so that it is on disk, whole and private, before anyone uses it. */
export async function writeAuthFile(home: string, auth: CodexAuth): Promise<void> {
  await writePrivateFile(authFilePath(home), `${JSON.stringify(auth, null, 2)}\n`);
}

/** Whether a login can be used or refreshed at all. */
export function isLoggedIn(state: AuthFileState): state is {kind: 'ok'; auth: CodexAuth} {
  if (state.kind !== 'ok') return false;
  const {tokens, OPENAI_API_KEY: apiKey, personal_access_token: accessToken} = state.auth;
  return Boolean(tokens?.access_token ?? tokens?.refresh_token ?? apiKey ?? accessToken);
}

/** @throws CaoError `not_logged_in` naming the account. */
export async function requireLogin(home: string, accountName: string): Promise<CodexAuth> {
  const state = await readAuthFile(home);
  if (isLoggedIn(state)) return state.auth;
  throw new CaoError(`${accountName} is not logged in.`, {
    code: 'not_logged_in',
    suggestions: [`Log in: cao add ${accountName}`],
  });
}
