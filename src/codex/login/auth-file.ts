import {open} from 'node:fs/promises';
import {join} from 'node:path';

import {z} from 'zod';

import {CaoError, messageOf} from '../../errors/index.js';
import {ifThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {parseJson} from '../../files/json-values.js';
import {rememberSecret} from '../../files/redact.js';
import {decodeText} from '../../files/text.js';

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
  /** `writtenAtMs`: when the file was last written, milliseconds since the epoch. */
  | {kind: 'ok'; auth: CodexAuth; writtenAtMs: number}
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
  let file: {text: string; writtenAtMs: number} | null;
  try {
    file = await ifThere(() => readWithTime(authFilePath(home)));
  } catch (error) {
    return {kind: 'unreadable', reason: messageOf(error)};
  }
  if (file === null) return {kind: 'missing'};
  const json = parseJson(file.text);
  if (json === undefined) return {kind: 'unreadable', reason: 'not JSON'};
  const auth = parseAuth(json);
  return auth
    ? {kind: 'ok', auth, writtenAtMs: file.writtenAtMs}
    : {kind: 'unreadable', reason: 'not the shape of an auth.json'};
}

/** Writes a login so that it is on disk, whole and private, before anyone uses it. */
export async function writeAuthFile(home: string, auth: CodexAuth): Promise<void> {
  await writePrivateFile(authFilePath(home), `${JSON.stringify(auth, null, 2)}\n`);
}

/** One descriptor for both, so that the time is that of the text even while another process replaces the file. */
async function readWithTime(path: string): Promise<{text: string; writtenAtMs: number}> {
  const file = await open(path, 'r');
  try {
    const {mtimeMs} = await file.stat();
    return {text: decodeText(await file.readFile()), writtenAtMs: mtimeMs};
  } finally {
    await file.close();
  }
}

/** Whether a home holds a login that can be used or refreshed at all. */
export function isLoggedIn(state: AuthFileState): state is Extract<AuthFileState, {kind: 'ok'}> {
  return state.kind === 'ok' && holdsLogin(state.auth);
}

/** Whether the content of an `auth.json` can be used or refreshed at all. */
export function holdsLogin({
  tokens,
  OPENAI_API_KEY: apiKey,
  personal_access_token: accessToken,
}: CodexAuth): boolean {
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
