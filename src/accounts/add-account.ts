import {isLoggedIn, loginBytes, readAuthFile} from '../codex/login/auth-file.js';
import {withItsInput} from '../codex/login/login-line.js';
import {type NewLogin, loginSafely} from '../codex/login/login.js';
import type {LoginKind} from '../contract/index.js';
import {CaoError} from '../errors/index.js';
import {type Person, describePerson, isSomebodyElse} from './identities.js';
import {fitLoginMethod} from './login-safety.js';
import {person} from './verify-login.js';
import {dropKept, keepAside} from './store/kept-logins.js';
import {requireNewAccountName} from './data/names.js';
import type {AccountStore} from './store/store.js';
import {caoLine} from '../files/text/shell-words.js';

/** How an account stands before its login. */
export type Standing = {
  isRegistered: boolean;
  /** There is no account in this data folder yet. */
  isFirst: boolean;
  /** Its home holds a login, which it may do before it is registered. */
  loggedIn: boolean;
};

export async function standingBefore(store: AccountStore, name: string): Promise<Standing> {
  const {accounts} = await store.registry();
  const isRegistered = accounts.includes(name);
  // Before anybody signs in for nothing.
  if (!isRegistered) requireNewAccountName(name);
  return {
    isRegistered,
    isFirst: accounts.length === 0,
    loggedIn: isLoggedIn(await readAuthFile(store.folder.home(name))),
  };
}

/** What is to become of a login that is somebody else's than the account's present one. */
export type Decision =
  | {kind: 'replace'}
  /** It becomes this account, which there is not yet. */
  | {kind: 'new-account'; name: string}
  | {kind: 'refuse'}
  /** Nobody answered. */
  | {kind: 'cancel'};

/** A login and the other one whose place it would take. */
export type Clash = {
  before: Person;
  now: Person;
  /** Where the new one lies until it is decided, and afterwards if it is not wanted. */
  keptIn: string;
};

export type LogInOptions = {
  binary: string;
  args: readonly string[];
  stdoutToStderr: boolean;
  isRegistered: boolean;
  /** The command line that asked for this login, with more flags. */
  again: (...flags: string[]) => string;
  /** Asked only when the new login is somebody else's. */
  decide: (clash: Clash) => Promise<Decision>;
  /** One line for the user. */
  notify: (line: string) => void;
};

/** The login that a new one took the place of. */
export type Replaced = {
  kind: LoginKind;
  email: string | null;
  workspaceId: string | null;
  /** Where it lies now. */
  keptIn: string | null;
};

export type LoggedIn = {
  /** The account that the login went to. */
  name: string;
  created: boolean;
  isDefault: boolean;
  /** Set when it was somebody else's before. */
  replaced: Replaced | null;
};

/**
 * Logs an account in, over an existing login too, and clears what was held against the account. One that is not
 * registered becomes so with its login. A login of somebody else takes the place of the present one only when that is
 * wanted; whatever is replaced is kept aside, and so is a new login that does not get to its place, whatever the reason.
 *
 * @throws CaoError `login_failed`; `other_identity` when the login is not wanted, `cancelled` when nobody said so.
 */
export async function logIn(store: AccountStore, name: string, options: LogInOptions): Promise<LoggedIn> {
  const home = store.folder.home(name);
  const {binary, args, stdoutToStderr, isRegistered, again} = options;
  const account = {home, accountName: name, isRegistered};
  return loginSafely({binary, args, stdoutToStderr, again, ...account}, async (login) => {
    let to = name;
    const decide = async (clash: Clash): Promise<Decision> => {
      const decision = await options.decide(clash);
      if (decision.kind === 'new-account') to = decision.name;
      return decision;
    };
    const settled = await settle(store, name, login, {...options, decide}).catch(async (error: unknown) => {
      // What else went wrong is the error to tell of.
      const keptIn = await keepUnlessIn(store, to, login).catch(() => null);
      if (keptIn !== null) options.notify(`The new login is kept in ${keptIn}`);
      throw error;
    });
    if (settled instanceof CaoError) throw settled;
    return settled;
  });
}

/** @returns where the copy is of a login that has not got into an account's home; null for one that has. */
async function keepUnlessIn(
  {folder}: AccountStore,
  name: string,
  {content}: NewLogin,
): Promise<string | null> {
  const present = await loginBytes(folder.home(name)).catch(() => null);
  return present?.equals(content) === true ? null : keepAside(folder, name, content);
}

/** @returns the error to end with where the login is not wanted; it says where the login is. */
async function settle(
  store: AccountStore,
  name: string,
  login: NewLogin,
  options: LogInOptions,
): Promise<LoggedIn | CaoError> {
  const home = store.folder.home(name);
  const present = await readAuthFile(home);
  if (!isLoggedIn(present)) {
    const {created, isDefault} = await moveIn(store, name, login, {forget: false});
    return {name, created, isDefault, replaced: null};
  }
  const [before, now] = await Promise.all([person(present.auth, home), person(login.auth, home)]);
  if (!isSomebodyElse(before, now)) {
    const {created, isDefault} = await moveIn(store, name, login, {forget: false});
    return {name, created, isDefault, replaced: null};
  }
  // Before anybody is asked: a question can end in ways that leave no time for it, such as a closed terminal.
  const clash = {before, now, keptIn: await keepAside(store.folder, name, login.content)};
  const decision = await options.decide(clash);
  if (decision.kind === 'refuse' || decision.kind === 'cancel')
    return notWanted(name, clash, decision, options);
  const to = decision.kind === 'new-account' ? decision.name : name;
  const {created, isDefault, keptIn} = await moveIn(store, to, login, {forget: to === name});
  await dropKept(clash.keptIn);
  if (to !== name) return {name: to, created, isDefault, replaced: null};
  const {kind, identity} = before;
  const {email, workspaceId} = identity;
  return {name, created, isDefault, replaced: {kind, email, workspaceId, keptIn}};
}

type MovedIn = {
  created: boolean;
  isDefault: boolean;
  /** Where the file is whose place the login took; null for none. */
  keptIn: string | null;
};

/** @param forget whether somebody else is logged in there now. */
async function moveIn(
  store: AccountStore,
  name: string,
  {auth, content}: NewLogin,
  {forget}: {forget: boolean},
): Promise<MovedIn> {
  return store.replaceLogin(name, content, {
    forget,
    fit: () => fitLoginMethod(store.folder.home(name), auth),
  });
}

function notWanted(
  name: string,
  {before, now, keptIn}: Clash,
  {kind}: Decision,
  {args, again}: LogInOptions,
): CaoError {
  const cancelled = kind === 'cancel';
  return new CaoError(
    `${cancelled ? 'Cancelled. ' : ''}The new login is ${describePerson(now)}, and ${name} is ${describePerson(before)}: ${name} keeps its login. The new one is kept in ${keptIn}`,
    {
      code: cancelled ? 'cancelled' : 'other_identity',
      suggestions: [
        `Make the new one an account of its own: ${caoLine('import', 'codex-home', '--source', keptIn)}`,
        `Or log in again and replace the former${withItsInput(args)}: ${again('--replace-identity')}`,
      ],
    },
  );
}
