import {
  LOGIN_METHOD_KEY,
  type LoginMethod,
  WORKSPACE_KEY,
  forcedWorkspacesIn,
  withAccountKeys,
  withLoginMethod,
} from '../codex/home/account-config.js';
import {configFilePath, readConfig} from '../codex/home/home-config.js';
import type {MachineFiles} from '../codex/home/machine-files.js';
import {type CodexAuth, readableByCodex} from '../codex/login/auth-shape.js';
import {
  closeLogin,
  isLoggedIn,
  readAuthFile,
  whyUnreadByCodex,
  writeAuthFile,
} from '../codex/login/auth-file.js';
import {identityOf} from '../codex/login/identity.js';
import {loginKind, traitsOf} from '../codex/login/login-kind.js';
import {withLoginLock} from '../codex/login/login-lock.js';
import {
  type CodexCommandLine,
  asksModel,
  hasOption,
  parseCodexCommandLine,
} from '../codex/process/arguments.js';
import {type Layer, type Setting, layersOf, readableLayers, settingIn} from '../codex/route/layers.js';
import {projectLayers} from '../codex/route/project.js';
import {CaoError} from '../errors/index.js';
import {lstatIfThere} from '../files/absent.js';
import {writePrivateFile} from '../files/atomic-write.js';
import type {DataFolder} from './data/data-folder.js';
import {readHomeConfig} from './store/homes.js';
import {makeConfigReadable} from './readable-config.js';
import {keepLogin} from './store/kept-logins.js';
import {caoLine} from '../files/text/shell-words.js';

/** How Codex is to be started. */
export type Start = {
  /** They may set the same as a `config.toml`, and choose a profile. */
  args?: readonly string[];
  /** Where, so that a project may set the same; null where Codex is not started for now. */
  cwd?: string | null;
  machine?: MachineFiles;
};

/**
 * Makes a home safe for its login, before Codex is started there: Codex logs out, and deletes `auth.json`, where its
 * settings force another login method or another workspace. The home's own `config.toml` is made to fit, and
 * a file that Codex could not read is written anew; a copy of the login is kept whenever something is changed.
 *
 * @throws CaoError `login_endangered` where that would change what is not this account's alone.
 */
export async function secureLogin(folder: DataFolder, name: string, start: Start = {}): Promise<void> {
  const home = folder.home(name);
  await closeLogin(home);
  await makeConfigReadable(home);
  const login = await readAuthFile(home);
  if (!isLoggedIn(login)) return;
  if ((await whyUnreadByCodex(home, login.auth)) !== null) {
    await keepLogin(folder, name);
    await makeReadable(home);
  }
  const line = parseCodexCommandLine(start.args ?? []);
  // Codex looks at what is forced where it would ask a model, and nowhere else.
  if (!asksModel(line)) return;
  const {danger, forcesWorkspace} = await dangerIn(login.auth, line, await settingsOf(home, line, start));
  // A key never changes, so that one copy is good for ever. Where logins are tied to workspaces, Codex logs out for
  // less, such as tokens that it cannot load.
  if (traitsOf(loginKind(login.auth)).billed || forcesWorkspace) await keepLogin(folder, name);
  if (danger === null) return;
  const fit = await fitFor(home, danger, line);
  const touchesConfig = fit !== null || danger.where === configFilePath(home);
  const isShared = touchesConfig && (await hasSharedConfig(home));
  if (fit === null || isShared) {
    throw new CaoError(
      `Codex would log ${name} out and delete its login: ${danger.clause} in ${danger.where}.`,
      {
        code: 'login_endangered',
        suggestions: [
          ...(isShared ? [`Give it a config.toml of its own: ${caoLine('unshare', name)}`] : []),
          ...waysOut(danger),
        ],
      },
    );
  }
  await keepLogin(folder, name);
  await writePrivateFile(configFilePath(home), fit);
}

/**
 * What would make Codex delete a login, were it started in this home: the end of a sentence, and what to do about it. Null
 * where nothing is known to.
 */
export async function loginDanger(
  home: string,
  auth: CodexAuth,
  start: Start = {},
): Promise<{why: string; waysOut: string[]} | null> {
  const line = parseCodexCommandLine(start.args ?? []);
  const {danger} = await dangerIn(auth, line, await settingsOf(home, line, start));
  return danger && {why: `${danger.clause} in ${danger.where}`, waysOut: waysOut(danger)};
}

/** Makes the `config.toml` of a home, where it forces a login method, force that of a login that has just come there. */
export async function fitLoginMethod(home: string, auth: CodexAuth): Promise<void> {
  const line = parseCodexCommandLine([]);
  const own = await readableLayers([{path: configFilePath(home), of: 'home'}]);
  const {danger} = await dangerIn(auth, line, own);
  const fit = danger && (await fitFor(home, danger, line));
  if (fit !== null && !(await hasSharedConfig(home))) await writePrivateFile(configFilePath(home), fit);
}

async function hasSharedConfig(home: string): Promise<boolean> {
  return (await lstatIfThere(configFilePath(home)))?.isSymbolicLink() === true;
}

/** A setting that makes Codex delete a login. */
type Danger = Pick<Setting, 'where' | 'of'> & {
  key: string;
  /** Why it is a danger, to be followed by where. */
  clause: string;
  /** The login method that would be none; null where only its owner can say what is right. */
  method: LoginMethod | null;
};

/** All that can be known before Codex is started, what wins first. */
async function settingsOf(
  home: string,
  line: CodexCommandLine,
  {cwd = null, machine}: Start,
): Promise<Layer[]> {
  const layers = await layersOf(home, line, machine);
  // A project's stand over all the others but those that stand over the arguments, wherever they are in the list.
  return cwd === null ? layers : [...(await projectLayers(home, line, layers, cwd)), ...layers];
}

async function dangerIn(
  auth: CodexAuth,
  line: CodexCommandLine,
  layers: readonly Layer[],
): Promise<{
  danger: Danger | null;
  /** Whether logins are tied to workspaces at all. */
  forcesWorkspace: boolean;
}> {
  const [forced, workspace] = await Promise.all([
    settingIn(line, layers, LOGIN_METHOD_KEY),
    settingIn(line, layers, WORKSPACE_KEY),
  ]);
  const workspaces = forcedWorkspacesIn(workspace?.value);
  const forcesWorkspace = workspaces.length > 0;
  const {noun, method, deletedUnder} = traitsOf(loginKind(auth));
  if (forced !== null && deletedUnder !== null && forced.value === deletedUnder) {
    const clause = `it is signed in with ${noun}, and ${LOGIN_METHOD_KEY} is "${deletedUnder}"`;
    return {danger: {...forced, key: LOGIN_METHOD_KEY, clause, method}, forcesWorkspace};
  }
  const {workspaceId} = identityOf(auth);
  if (workspace === null || !forcesWorkspace || workspaceId === null || workspaces.includes(workspaceId))
    return {danger: null, forcesWorkspace};
  const clause = `it belongs to another workspace than ${WORKSPACE_KEY} says`;
  return {danger: {...workspace, key: WORKSPACE_KEY, clause, method: null}, forcesWorkspace};
}

/** The home's `config.toml` without a danger, or standing over it; null where it cannot help. */
async function fitFor(
  home: string,
  {where, of, method}: Danger,
  line: CodexCommandLine,
): Promise<string | null> {
  if (method === null) return null;
  const toml = (await readHomeConfig(home)) ?? '';
  if (where === configFilePath(home)) return withLoginMethod(toml, method);
  const isBelow = of === 'cloud' || of === 'system';
  if (!isBelow || hasOption(line, '--ignore-user-config')) return null;
  return (await readConfig(home)).kind === 'unreadable' ? null : withAccountKeys(toml, method);
}

function waysOut({where, of, key}: Danger): string[] {
  const other = `Or use an account whose login is allowed there: ${caoLine('run', '--account', 'NAME')}`;
  switch (of) {
    case 'arguments':
      return [`Leave ${key} out of ${where}`];
    case 'home':
      return [`Change ${where}`];
    case 'project':
      return [`Change ${key} in ${where}, or start Codex outside that project`, other];
    case 'cloud':
      return [`Have ${key} changed by whoever manages the workspace of this login`, other];
    case 'managed':
    case 'system':
      return [`Have ${key} in ${where} changed by whoever manages this machine`, other];
  }
}

/** Codex cannot read what an editor has put into another encoding, nor empty tokens beside an API key. */
async function makeReadable(home: string): Promise<void> {
  await withLoginLock(home, async () => {
    const login = await readAuthFile(home);
    if (isLoggedIn(login)) await writeAuthFile(home, readableByCodex(login.auth));
  });
}
