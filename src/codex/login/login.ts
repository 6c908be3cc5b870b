import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

import {CaoError} from '../../errors/index.js';
import {readTextIfThere, readdirIfThere, statIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {ageMs} from '../../files/clock.js';
import {ensurePrivateFolder} from '../../files/private-folder.js';
import {type AuthFileState, isLoggedIn, loginBytes, readAuthFile} from './auth-file.js';
import type {CodexAuth} from './auth-shape.js';
import {accountConfig, withLoginMethod} from '../home/account-config.js';
import {configFilePath} from '../home/home-config.js';
import {codexEnvironment} from '../process/environment.js';
import {launchCodex} from '../process/launch.js';
import {withItsInput} from './login-line.js';

/** How the name of a fresh home begins. */
const FRESH_HOME = '.login-';

/** A login that was killed leaves its fresh home behind; after this long nobody is still signing in there. */
const ABANDONED_AFTER_MS = 3_600_000;

/** So long a login may wait for the answer to a question. */
const ON_ITS_WAY_MS = 10 * 60_000;

export type LoginOptions = {
  binary: string;
  /** The account's home; its `config.toml` also holds for the login. */
  home: string;
  accountName: string;
  /** Whether the account is registered before it has a login. */
  isRegistered: boolean;
  /** For `codex login`. */
  args: readonly string[];
  /** The command line that asked for this login, with more flags. */
  again: (...flags: string[]) => string;
  /** Sends what Codex prints on stdout to stderr, for commands whose own stdout is data. */
  stdoutToStderr?: boolean;
};

/** A login that `codex login` has just made. */
export type NewLogin = {
  auth: CodexAuth;
  /** `auth.json` as Codex wrote it. */
  content: Buffer;
};

/**
 * Logs in with `codex login`, which owns the terminal. It works in a fresh home beside the account's: over an existing
 * login it would revoke and delete that one first, even if the new one then fails.
 *
 * @param use what becomes of a login that succeeded; its file is gone afterwards.
 * @throws CaoError `login_failed`; what was there before is as it was, and what was not there is not there.
 */
export async function loginSafely<T>(
  options: LoginOptions,
  use: (login: NewLogin) => Promise<T>,
): Promise<T> {
  const {home, args, binary} = options;
  const parent = dirname(home);
  await ensurePrivateFolder(parent);
  await removeAbandoned(parent);
  const fresh = await mkdtemp(join(parent, `${FRESH_HOME}${basename(home)}-`));
  try {
    await copyConfig(home, fresh);
    const result = await launchCodex({
      binary,
      args: ['login', ...args],
      env: codexEnvironment(fresh),
      observe: null,
      ...(options.stdoutToStderr === undefined ? {} : {stdoutToStderr: options.stdoutToStderr}),
    });
    const state = await readAuthFile(fresh);
    const content = isLoggedIn(state) ? await loginBytes(fresh) : null;
    if (result.exitCode !== 0 || result.interrupted || !isLoggedIn(state) || content === null) {
      const what = result.interrupted ? 'was interrupted' : whyFailed(state);
      throw loginFailed(options, what, isLoggedIn(await readAuthFile(home)));
    }
    return await use({auth: state.auth, content});
  } finally {
    await rm(fresh, {recursive: true, force: true, maxRetries: 5});
  }
}

/** The login that is there says nothing of how the next may be made: which kind it is, its arguments say. */
async function copyConfig(home: string, fresh: string): Promise<void> {
  const toml = (await readTextIfThere(configFilePath(home))) ?? accountConfig('chatgpt');
  await writePrivateFile(configFilePath(fresh), await withLoginMethod(toml, null));
}

/** Those of any account: one whose first login was killed may never be tried again. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(FRESH_HOME)) continue;
    const path = join(parent, entry);
    const found = await statIfThere(path);
    const isAbandoned = found !== null && ageMs(found.mtimeMs, Date.now()) > ABANDONED_AFTER_MS;
    // What somebody has signed in for is not thrown away: see `strandedLogins`.
    if (isAbandoned && !isLoggedIn(await readAuthFile(path))) await rm(path, {recursive: true, force: true});
  }
}

/**
 * Logins that succeeded after their `cao` had been killed: the folders in which they lie, below that of the accounts' homes.
 * Those of the last minutes may be on their way to their place.
 */
export async function strandedLogins(parent: string, nowMs: number): Promise<string[]> {
  const stranded: string[] = [];
  for (const entry of await readdirIfThere(parent)) {
    if (!entry.startsWith(FRESH_HOME)) continue;
    const login = await readAuthFile(join(parent, entry));
    if (isLoggedIn(login) && ageMs(login.writtenAtMs, nowMs) > ON_ITS_WAY_MS)
      stranded.push(join(parent, entry));
  }
  return stranded;
}

/** Codex takes what it is given on stdin for a token, whatever it is. */
function whyFailed(state: AuthFileState): string {
  return state.kind === 'unreadable' ? `gave nothing that can be used (${state.reason})` : 'did not succeed';
}

function loginFailed(
  {accountName, isRegistered, args, again}: LoginOptions,
  what: string,
  hadLogin: boolean,
): CaoError {
  const before = hadLogin ? ' Its earlier login is untouched.' : '';
  const rest = isRegistered ? before : ` ${accountName} is not registered.`;
  const input = withItsInput(args);
  const usesBrowser = input === '' && !args.includes('--device-auth');
  return new CaoError(`The login of ${accountName} ${what}.${rest}`, {
    code: 'login_failed',
    suggestions: [
      `Try again${input}: ${again()}`,
      ...(usesBrowser ? [`Without a browser on this machine: ${again('--device-auth')}`] : []),
    ],
  });
}
