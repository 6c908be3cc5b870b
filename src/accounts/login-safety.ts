import {readFile} from 'node:fs/promises';

import {
  LOGIN_METHOD_KEY,
  WORKSPACE_KEY,
  forcedWorkspacesIn,
  loginMethodIn,
  withLoginMethod,
} from '../codex/home/account-config.js';
import {configFilePath, readConfig} from '../codex/home/home-config.js';
import {type CodexAuth, hasEmptyTokens, readableByCodex} from '../codex/login/auth-shape.js';
import {authFilePath, isLoggedIn, readAuthFile, writeAuthFile} from '../codex/login/auth-file.js';
import {identityOf} from '../codex/login/identity.js';
import {loginKind, traitsOf} from '../codex/login/login-kind.js';
import {withLoginLock} from '../codex/login/refresh.js';
import {CaoError} from '../errors/index.js';
import {lstatIfThere} from '../files/absent.js';
import {writePrivateFile} from '../files/atomic-write.js';
import {isPlainUtf8} from '../files/text.js';
import type {DataFolder} from './data/data-folder.js';
import {readHomeConfig} from './store/homes.js';
import {makeConfigReadable} from './readable-config.js';
import {keepLogin} from './store/kept-logins.js';

/**
 * Makes a home safe for its login, before Codex is started there: Codex logs out, and deletes `auth.json`, where
 * `config.toml` forces another login method or another workspace. The method is made to fit, and a file that Codex could
 * not read is written anew; a copy of the login is kept whenever something is changed.
 *
 * @throws CaoError `login_endangered` where that would change what is not this account's alone.
 */
export async function secureLogin(folder: DataFolder, name: string): Promise<void> {
  const home = folder.home(name);
  await makeConfigReadable(home);
  const login = await readAuthFile(home);
  if (!isLoggedIn(login)) return;
  if (hasEmptyTokens(login.auth) || !(await isPlain(home))) {
    await keepLogin(folder, name);
    await makeReadable(home);
  }
  const {endangered, fit, forcesWorkspace} = await dangerIn(home, login.auth);
  // A key never changes, so that one copy is good for ever: against a login method that is forced elsewhere, by the
  // machine or the command line. Where logins are tied to workspaces, Codex logs out for less, such as tokens that it
  // cannot load.
  if (traitsOf(loginKind(login.auth)).billed || forcesWorkspace) await keepLogin(folder, name);
  if (endangered === null) return;
  const isShared = await hasSharedConfig(home);
  if (fit === null || isShared) {
    throw new CaoError(`Codex would log ${name} out and delete its login: ${endangered}.`, {
      code: 'login_endangered',
      suggestions: [
        ...(isShared ? [`Give it a config.toml of its own: cao unshare ${name}`] : []),
        `Change ${configFilePath(home)}`,
      ],
    });
  }
  await keepLogin(folder, name);
  await writePrivateFile(configFilePath(home), fit);
}

/** Makes the `config.toml` of a home, where it forces a login method, force that of a login that has just come there. */
export async function fitLoginMethod(home: string, auth: CodexAuth): Promise<void> {
  const {fit} = await dangerIn(home, auth);
  if (fit !== null && !(await hasSharedConfig(home))) await writePrivateFile(configFilePath(home), fit);
}

async function hasSharedConfig(home: string): Promise<boolean> {
  return (await lstatIfThere(configFilePath(home)))?.isSymbolicLink() === true;
}

/** What in a home's `config.toml` makes Codex delete its login. */
type Danger = {
  /** A clause; null for nothing. */
  endangered: string | null;
  /** The file without that; null where only its owner can say what is right. */
  fit: string | null;
  /** Whether it ties logins to workspaces at all. */
  forcesWorkspace: boolean;
};

async function dangerIn(home: string, auth: CodexAuth): Promise<Danger> {
  const config = await readConfig(home);
  // Without a config.toml that can be read Codex does not start.
  if (config.kind !== 'ok') return NO_DANGER;
  const forced = forcedWorkspacesIn(config.values);
  const forcesWorkspace = forced.length > 0;
  const {noun, method, deletedUnder} = traitsOf(loginKind(auth));
  if (deletedUnder !== null && loginMethodIn(config.values) === deletedUnder) {
    const toml = (await readHomeConfig(home)) ?? '';
    return {
      endangered: `${configFilePath(home)} sets ${LOGIN_METHOD_KEY} = "${deletedUnder}", and it is signed in with ${noun}`,
      fit: await withLoginMethod(toml, method),
      forcesWorkspace,
    };
  }
  const {workspaceId} = identityOf(auth);
  if (!forcesWorkspace || workspaceId === null || forced.includes(workspaceId))
    return {...NO_DANGER, forcesWorkspace};
  return {
    endangered: `${configFilePath(home)} sets ${WORKSPACE_KEY}, and its login is of another workspace`,
    fit: null,
    forcesWorkspace,
  };
}

const NO_DANGER: Danger = {endangered: null, fit: null, forcesWorkspace: false};

async function isPlain(home: string): Promise<boolean> {
  return isPlainUtf8(await readFile(authFilePath(home)));
}

/** Codex cannot read what an editor has put into another encoding, nor empty tokens beside an API key. */
async function makeReadable(home: string): Promise<void> {
  await withLoginLock(home, async () => {
    const login = await readAuthFile(home);
    if (isLoggedIn(login)) await writeAuthFile(home, readableByCodex(login.auth));
  });
}
