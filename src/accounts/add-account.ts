import {BackendConnection} from '../codex/backend/connection.js';
import {isLoggedIn, kindOfLogin, readAuthFile} from '../codex/login/auth-file.js';
import type {CodexAuth} from '../codex/login/auth-shape.js';
import {type Identity, identityOf} from '../codex/login/identity.js';
import {type NewLogin, installLogin, loginSafely} from '../codex/login/login.js';
import {loginKind, traitsOf} from '../codex/login/login-kind.js';
import {OwnerUnknown, ownerOf} from '../codex/login/owner.js';
import type {LoginKind} from '../contract/index.js';
import {CaoError} from '../errors/index.js';
import {shellLine} from '../files/shell-words.js';
import {type Person, describePerson, isSomebodyElse, twinsOf} from './identities.js';
import {fitLoginMethod} from './login-safety.js';
import {keepAside, keepLogin} from './store/kept-logins.js';
import type {AccountStore} from './store/store.js';

/** How an account stands before its login. */
export type Registration = {
  created: boolean;
  isDefault: boolean;
  /** The very first account of this data folder. */
  isFirst: boolean;
  loggedIn: boolean;
};

/** Registers an account, or finds it registered, with its home. */
export async function registerAccount(store: AccountStore, name: string): Promise<Registration> {
  const before = await store.registry();
  const {created, isDefault} = await store.add(name);
  return {
    created,
    isDefault,
    isFirst: before.accounts.length === 0,
    loggedIn: isLoggedIn(await readAuthFile(store.folder.home(name))),
  };
}

/** What is to become of a login that is somebody else's than the account's present one. */
export type Decision =
  | {kind: 'replace'}
  /** It becomes this account, which there is not yet. */
  | {kind: 'new-account'; name: string}
  | {kind: 'refuse'};

export type LogInOptions = {
  binary: string;
  args: readonly string[];
  stdoutToStderr: boolean;
  /** Asked only when the new login is somebody else's. */
  decide: (before: Person, now: Person) => Promise<Decision>;
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
  /** Set when it was somebody else's before. */
  replaced: Replaced | null;
};

/**
 * Logs an account in, over an existing login too, and clears what was held against the account. A login of somebody else
 * takes the place of the present one only when that is wanted; whatever is replaced is kept aside.
 *
 * @throws CaoError `login_failed`; `other_identity` when it is not wanted: the new login is kept aside then.
 */
export async function logIn(store: AccountStore, name: string, options: LogInOptions): Promise<LoggedIn> {
  const home = store.folder.home(name);
  const {binary, args, stdoutToStderr} = options;
  return loginSafely({binary, args, stdoutToStderr, home, accountName: name}, async (login) => {
    const present = await readAuthFile(home);
    if (!isLoggedIn(present)) {
      await moveIn(store, name, login);
      return {name, created: false, replaced: null};
    }
    const [before, now] = await Promise.all([person(present.auth, home), person(login.auth, home)]);
    const other = isSomebodyElse(before, now);
    const decision: Decision = other
      ? await options.decide(before, now).catch(async (error: unknown) => {
          // Nobody answered: what was just signed in for must not be lost over that.
          await keepAside(store.folder, name, login.content);
          throw error;
        })
      : {kind: 'replace'};
    if (decision.kind === 'refuse') throw await refused(store, name, login, {before, now});
    if (decision.kind === 'new-account') {
      await store.add(decision.name);
      await moveIn(store, decision.name, login);
      return {name: decision.name, created: true, replaced: null};
    }
    const keptIn = await moveIn(store, name, login);
    if (!other) return {name, created: false, replaced: null};
    await store.forgetFigures(name);
    const {kind, identity} = before;
    const {email, workspaceId} = identity;
    return {name, created: false, replaced: {kind, email, workspaceId, keptIn}};
  });
}

/** @returns where the file is whose place the login took; null for none. */
async function moveIn(store: AccountStore, name: string, login: NewLogin): Promise<string | null> {
  const home = store.folder.home(name);
  const keptIn = await keepLogin(store.folder, name);
  await installLogin(home, login);
  await fitLoginMethod(home, login.auth);
  await store.status.recordLogin(name);
  return keptIn;
}

async function refused(
  {folder}: AccountStore,
  name: string,
  {content}: NewLogin,
  {before, now}: {before: Person; now: Person},
): Promise<CaoError> {
  const path = await keepAside(folder, name, content);
  return new CaoError(
    `The new login is ${describePerson(now)}, and ${name} is ${describePerson(before)}: ${name} keeps its login.`,
    {
      code: 'other_identity',
      suggestions: [
        `Make the new one an account of its own: ${shellLine(['cao', 'import', 'codex-home', '--source', path])}`,
        `Or log in again and replace the former: cao add ${name} --replace-identity`,
      ],
    },
  );
}

/** Who an account is logged in as, and what about that deserves a warning. */
export async function verifyLogin(
  store: AccountStore,
  name: string,
): Promise<{kind: LoginKind | null; identity: Identity | null; warnings: string[]}> {
  const home = store.folder.home(name);
  const login = await readAuthFile(home);
  const kind = kindOfLogin(login);
  if (!isLoggedIn(login)) return {kind, identity: null, warnings: []};
  const {identity} = await person(login.auth, home);
  const twins = await twinsOf(await store.accounts(), name, identity);
  const shared = `${name} is the same login as ${twins.join(', ')} (one user and workspace): they share one quota, and each login can end the other's.`;
  return {
    kind,
    identity,
    warnings: [...(twins.length > 0 ? [shared] : []), ...(await billedFirst(store, name, kind))],
  };
}

/** The default is always tried first, so one that is billed should be so on purpose. */
async function billedFirst(store: AccountStore, name: string, kind: LoginKind | null): Promise<string[]> {
  const [first] = await store.accounts();
  if (!first || first.name === name || traitsOf(kind).billed) return [];
  const {billed, noun} = traitsOf(kindOfLogin(await readAuthFile(first.home)));
  if (!billed) return [];
  return [
    `The default account ${first.name} is signed in with ${noun}, which is billed, and is tried before ${name}. To have ${name} tried first: cao switch ${name}`,
  ];
}

async function person(auth: CodexAuth, home: string): Promise<Person> {
  // Whatever holds no known login was not taken for one.
  const kind = loginKind(auth) ?? 'other';
  if (kind !== 'access-token') return {kind, identity: identityOf(auth)};
  const connection = await BackendConnection.open();
  try {
    return {kind, identity: await ownerOf(auth, {home, connection})};
  } catch (error) {
    if (!(error instanceof OwnerUnknown)) throw error;
    return {kind, identity: identityOf(auth)};
  } finally {
    await connection.close();
  }
}
