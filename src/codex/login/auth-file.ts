import {join} from 'node:path';

import type {LoginKind} from '../../contract/index.js';
import {CaoError, messageOf} from '../../errors/index.js';
import {cannotRead, ifThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {parseJson} from '../../files/json-values.js';
import {closeToOthers} from '../../files/private-folder.js';
import {readRegular} from '../../files/regular-file.js';
import {type CodexAuth, checkAuth, hasEmptyTokens} from './auth-shape.js';
import {loginKind} from './login-kind.js';
import {decodeText, isPlainUtf8, isUtf16} from '../../files/text/text.js';
import {caoLine} from '../../files/text/shell-words.js';

export type AuthFileState =
  /** `writtenAtMs`: when the file was last written, milliseconds since the epoch. */
  | {kind: 'ok'; auth: CodexAuth; writtenAtMs: number}
  | {kind: 'missing'}
  /**
   * `reason` names the trouble without quoting the file. `at` the `file`: the system does not let it be read, or it is none;
   * at its `content`: it was read, and is no login.
   */
  | {kind: 'unreadable'; at: 'file' | 'content'; reason: string};

/** No login is larger; whatever is larger was not written by the tool it is taken for. */
export const MOST_LOGIN_BYTES = 5 * 1024 * 1024;

export function authFilePath(home: string): string {
  return join(home, 'auth.json');
}

/** The `auth.json` of a home, byte for byte; null for none. @throws the system's error for what is no such file. */
export async function loginBytes(home: string): Promise<Buffer | null> {
  return (await ifThere(() => readAuthBytes(home)))?.bytes ?? null;
}

/** The login of a home. Never throws for a bad file: an account without a usable login is an ordinary state. */
export async function readAuthFile(home: string): Promise<AuthFileState> {
  let file: Awaited<ReturnType<typeof readRegular>> | null;
  try {
    file = await ifThere(() => readAuthBytes(home));
  } catch (error) {
    return unreadableAuth(error);
  }
  if (file === null) return {kind: 'missing'};
  const json = parseJson(decodeText(file.bytes));
  if (json === undefined) return {kind: 'unreadable', at: 'content', reason: 'not JSON'};
  const checked = checkAuth(json);
  return 'auth' in checked
    ? {kind: 'ok', auth: checked.auth, writtenAtMs: file.stats.mtimeMs}
    : {kind: 'unreadable', at: 'content', reason: checked.problem};
}

/** The bytes of an `auth.json`. */
export function authText(auth: CodexAuth): string {
  return `${JSON.stringify(auth, null, 2)}\n`;
}

/** Takes the rights of others from a home's login: for every command that writes something there. */
export async function closeLogin(home: string): Promise<void> {
  await closeToOthers(authFilePath(home));
}

/** Writes a login so that it is on disk, whole and private, before anyone uses it. */
export async function writeAuthFile(home: string, auth: CodexAuth): Promise<void> {
  await writePrivateFile(authFilePath(home), authText(auth));
}

/**
 * Why Codex cannot read a home's login that we can, such as what an editor has put into another encoding.
 *
 * @returns what follows the name of the file in a sentence; null where Codex can read it.
 */
export async function whyUnreadByCodex(home: string, auth: CodexAuth): Promise<string | null> {
  if (hasEmptyTokens(auth)) return 'has empty tokens beside its key';
  const {bytes} = await readAuthBytes(home);
  if (isPlainUtf8(bytes)) return null;
  return isUtf16(bytes) ? 'is in UTF-16' : 'begins with a byte order mark';
}

/** What the system says against reading a login, as its state. */
export function unreadableAuth(error: unknown): AuthFileState {
  return {kind: 'unreadable', at: 'file', reason: messageOf(error)};
}

async function readAuthBytes(home: string): ReturnType<typeof readRegular> {
  return readRegular(authFilePath(home), MOST_LOGIN_BYTES);
}

/** Whether a home holds a login that can be used or refreshed at all. */
export function isLoggedIn(state: AuthFileState): state is Extract<AuthFileState, {kind: 'ok'}> {
  return state.kind === 'ok' && holdsLogin(state.auth);
}

/** Whether the content of an `auth.json` can be used or refreshed at all. */
export function holdsLogin(auth: CodexAuth): boolean {
  return loginKind(auth) !== null;
}

/** The kind of login of a home; null for none. */
export function kindOfLogin(state: AuthFileState): LoginKind | null {
  return state.kind === 'ok' ? loginKind(state.auth) : null;
}

/** @throws CaoError `not_logged_in` naming the account; `unreadable_file`, which says nothing of the login. */
export async function requireLogin(home: string, accountName: string): Promise<CodexAuth> {
  const state = await readAuthFile(home);
  if (isLoggedIn(state)) return state.auth;
  if (state.kind === 'unreadable' && state.at === 'file') throw cannotRead(authFilePath(home), state.reason);
  throw new CaoError(`${accountName} is not logged in.`, {
    code: 'not_logged_in',
    suggestions: [`Log in: ${caoLine('add', accountName)}`],
  });
}
