import {
  LOGIN_METHOD_KEY,
  WORKSPACE_KEY,
  forcedWorkspacesIn,
  withLoginMethod,
} from '../codex/home/account-config.js';
import {configFilePath} from '../codex/home/home-config.js';
import {type CodexAuth, readableByCodex} from '../codex/login/auth-shape.js';
import {isLoggedIn, readAuthFile, whyUnreadByCodex, writeAuthFile} from '../codex/login/auth-file.js';
import {identityOf} from '../codex/login/identity.js';
import {loginKind, traitsOf} from '../codex/login/login-kind.js';
import {withLoginLock} from '../codex/login/refresh.js';
import {parseCodexCommandLine} from '../codex/process/arguments.js';
import {THE_ARGUMENTS, layersOf, settingIn} from '../codex/route/layers.js';
import {CaoError} from '../errors/index.js';
import {lstatIfThere} from '../files/absent.js';
import {writePrivateFile} from '../files/atomic-write.js';
import type {DataFolder} from './data/data-folder.js';
import {readHomeConfig} from './store/homes.js';
import {makeConfigReadable} from './readable-config.js';
import {keepLogin} from './store/kept-logins.js';

/**
 * Makes a home safe for its login, before Codex is started there: Codex logs out, and deletes `auth.json`, where its
 * settings force another login method or another workspace. Those of the home's own `config.toml` are made to fit, and
 * a file that Codex could not read is written anew; a copy of the login is kept whenever something is changed.
 *
 * @param args for Codex, which may set the same and choose a profile.
 * @throws CaoError `login_endangered` where that would change what is not this account's alone.
 */
export async function secureLogin(
  folder: DataFolder,
  name: string,
  args: readonly string[] = [],
): Promise<void> {
  const home = folder.home(name);
  await makeConfigReadable(home);
  const login = await readAuthFile(home);
  if (!isLoggedIn(login)) return;
  if ((await whyUnreadByCodex(home, login.auth)) !== null) {
    await keepLogin(folder, name);
    await makeReadable(home);
  }
  const {danger, forcesWorkspace} = await dangerIn(home, login.auth, args);
  // A key never changes, so that one copy is good for ever. Where logins are tied to workspaces, Codex logs out for
  // less, such as tokens that it cannot load.
  if (traitsOf(loginKind(login.auth)).billed || forcesWorkspace) await keepLogin(folder, name);
  if (danger === null) return;
  const isShared = danger.where === configFilePath(home) && (await hasSharedConfig(home));
  if (danger.fit === null || isShared) {
    const {where, key, clause} = danger;
    throw new CaoError(`Codex would log ${name} out and delete its login: ${clause} in ${where}.`, {
      code: 'login_endangered',
      suggestions: [
        ...(isShared ? [`Give it a config.toml of its own: cao unshare ${name}`] : []),
        where === THE_ARGUMENTS ? `Leave ${key} out of ${where}` : `Change ${where}`,
      ],
    });
  }
  await keepLogin(folder, name);
  await writePrivateFile(configFilePath(home), danger.fit);
}

/** Makes the `config.toml` of a home, where it forces a login method, force that of a login that has just come there. */
export async function fitLoginMethod(home: string, auth: CodexAuth): Promise<void> {
  const {danger} = await dangerIn(home, auth, []);
  const fit = danger?.fit ?? null;
  if (fit !== null && !(await hasSharedConfig(home))) await writePrivateFile(configFilePath(home), fit);
}

async function hasSharedConfig(home: string): Promise<boolean> {
  return (await lstatIfThere(configFilePath(home)))?.isSymbolicLink() === true;
}

/** A setting that makes Codex delete a login. */
type Danger = {
  /** The path of a file, or {@link THE_ARGUMENTS}. */
  where: string;
  key: string;
  /** Why it is a danger, to be followed by where. */
  clause: string;
  /** The home's `config.toml` without that; null where only its owner can say what is right. */
  fit: string | null;
};

/** What can be known before Codex is started; a project or the machine may force the same. */
async function dangerIn(
  home: string,
  auth: CodexAuth,
  args: readonly string[],
): Promise<{
  danger: Danger | null;
  /** Whether logins are tied to workspaces at all. */
  forcesWorkspace: boolean;
}> {
  const line = parseCodexCommandLine(args);
  const layers = await layersOf(home, line);
  const [forced, workspace] = await Promise.all([
    settingIn(line, layers, LOGIN_METHOD_KEY),
    settingIn(line, layers, WORKSPACE_KEY),
  ]);
  const workspaces = forcedWorkspacesIn(workspace?.value);
  const forcesWorkspace = workspaces.length > 0;
  const {noun, method, deletedUnder} = traitsOf(loginKind(auth));
  if (forced !== null && deletedUnder !== null && forced.value === deletedUnder) {
    const isOwn = forced.where === configFilePath(home);
    const danger = {
      where: forced.where,
      key: LOGIN_METHOD_KEY,
      clause: `it is signed in with ${noun}, and ${LOGIN_METHOD_KEY} is "${deletedUnder}"`,
      fit: isOwn ? await withLoginMethod((await readHomeConfig(home)) ?? '', method) : null,
    };
    return {danger, forcesWorkspace};
  }
  const {workspaceId} = identityOf(auth);
  if (workspace === null || !forcesWorkspace || workspaceId === null || workspaces.includes(workspaceId))
    return {danger: null, forcesWorkspace};
  const clause = `it belongs to another workspace than ${WORKSPACE_KEY} says`;
  return {danger: {where: workspace.where, key: WORKSPACE_KEY, clause, fit: null}, forcesWorkspace};
}

/** Codex cannot read what an editor has put into another encoding, nor empty tokens beside an API key. */
async function makeReadable(home: string): Promise<void> {
  await withLoginLock(home, async () => {
    const login = await readAuthFile(home);
    if (isLoggedIn(login)) await writeAuthFile(home, readableByCodex(login.auth));
  });
}
