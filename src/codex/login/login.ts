import {copyFile, mkdtemp, readFile, readdir, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

import {CaoError, hasErrorCode} from '../../errors/index.js';
import {statIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {authFilePath, isLoggedIn, readAuthFile} from './auth-file.js';
import {codexEnvironment} from '../process/environment.js';
import {launchCodex} from '../process/launch.js';
import {withLoginLock} from './refresh.js';

/** A login that was killed leaves its fresh home behind; after this long nobody is still signing in there. */
const ABANDONED_AFTER_MS = 3_600_000;

export type LoginOptions = {
  binary: string;
  /** The account's home; its `config.toml` also holds for the login. */
  home: string;
  accountName: string;
  /** For `codex login`. */
  args: readonly string[];
  /** Sends what Codex prints on stdout to stderr, for commands whose own stdout is data. */
  stdoutToStderr?: boolean;
};

/**
 * Logs in with `codex login`, which owns the terminal. It works in a fresh home beside the account's: over an
 * existing login it would revoke and delete that one first, even if the new one then fails. Only a login that
 * succeeded is moved into place.
 *
 * @throws CaoError `login_failed`; what was there before is as it was.
 */
export async function loginSafely(options: LoginOptions): Promise<void> {
  const {home, accountName, args, binary} = options;
  const parent = dirname(home);
  const prefix = `.login-${basename(home)}-`;
  await removeAbandoned(parent, prefix);
  const fresh = await mkdtemp(join(parent, prefix));
  try {
    await copyFile(join(home, 'config.toml'), join(fresh, 'config.toml')).catch((error: unknown) => {
      if (!hasErrorCode(error, 'ENOENT')) throw error;
    });
    const result = await launchCodex({
      binary,
      args: ['login', ...args],
      env: codexEnvironment(fresh),
      observe: null,
      ...(options.stdoutToStderr === undefined ? {} : {stdoutToStderr: options.stdoutToStderr}),
    });
    const state = await readAuthFile(fresh);
    if (result.exitCode !== 0 || result.interrupted || !isLoggedIn(state)) {
      throw loginFailed(accountName, result.interrupted, isLoggedIn(await readAuthFile(home)));
    }
    const auth = await readFile(authFilePath(fresh));
    await withLoginLock(home, () => writePrivateFile(authFilePath(home), auth));
  } finally {
    await rm(fresh, {recursive: true, force: true, maxRetries: 5});
  }
}

async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(prefix)) continue;
    const path = join(parent, entry);
    const found = await statIfThere(path);
    if (found && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS)
      await rm(path, {recursive: true, force: true});
  }
}

function loginFailed(accountName: string, interrupted: boolean, hadLogin: boolean): CaoError {
  const what = interrupted ? 'was interrupted' : 'did not succeed';
  const rest = hadLogin ? ' Its earlier login is untouched.' : '';
  return new CaoError(`The login of ${accountName} ${what}.${rest}`, {
    code: 'login_failed',
    suggestions: [
      `Try again: cao add ${accountName}`,
      'Without a browser on this machine: add --device-auth',
    ],
  });
}
