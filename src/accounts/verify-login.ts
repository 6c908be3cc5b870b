import {BackendConnection} from '../codex/backend/connection.js';
import {isLoggedIn, kindOfLogin, readAuthFile} from '../codex/login/auth-file.js';
import type {CodexAuth} from '../codex/login/auth-shape.js';
import {type Identity, identityOf} from '../codex/login/identity.js';
import {loginKind, traitsOf} from '../codex/login/login-kind.js';
import {OwnerUnknown, ownerOf} from '../codex/login/owner.js';
import type {LoginKind} from '../contract/index.js';
import {caoLine} from '../files/text/shell-words.js';
import {type Person, twinsOf} from './identities.js';
import type {AccountStore} from './store/store.js';

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
    `The default account ${first.name} is signed in with ${noun}, which is billed, and is tried before ${name}. To have ${name} tried first: ${caoLine('switch', name)}`,
  ];
}

/** Who a login is, as far as it says so itself or the backend does. */
export async function person(auth: CodexAuth, home: string): Promise<Person> {
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
