import {isLoggedIn, readAuthFile} from '../codex/login/auth-file.js';
import {type Identity, identityKey, identityOf} from '../codex/login/identity.js';
import {loginSafely} from '../codex/login/login.js';
import {twinsOf} from './identities.js';
import type {AccountStore} from './store/store.js';

/** How an account stands before its login. */
export type Registration = {
  created: boolean;
  isDefault: boolean;
  /** The very first account of this data folder. */
  isFirst: boolean;
  /** The login it has; null for none. */
  earlier: Identity | null;
};

/** Registers an account, or finds it registered, with its home. */
export async function registerAccount(store: AccountStore, name: string): Promise<Registration> {
  const before = await store.registry();
  const {created, isDefault} = await store.add(name);
  return {
    created,
    isDefault,
    isFirst: before.accounts.length === 0,
    earlier: await identityIn(store.folder.home(name)),
  };
}

/** Logs an account in, over an existing login too, and clears what was held against it. */
export async function logIn(
  store: AccountStore,
  name: string,
  options: {binary: string; args: readonly string[]; stdoutToStderr: boolean},
): Promise<void> {
  await loginSafely({...options, home: store.folder.home(name), accountName: name});
  await store.status.recordLogin(name);
}

/** Who an account is logged in as, and what about that deserves a warning. */
export async function verifyLogin(
  store: AccountStore,
  name: string,
  earlier: Identity | null,
): Promise<{identity: Identity | null; warnings: string[]}> {
  const identity = await identityIn(store.folder.home(name));
  if (!identity) return {identity, warnings: []};
  const warnings: string[] = [];
  const twins = await twinsOf(await store.accounts(), name, identity);
  if (twins.length > 0) {
    warnings.push(
      `${name} is the same login as ${twins.join(', ')} (one user and workspace): they share one quota, and each login can end the other's.`,
    );
  }
  if (earlier && identityKey(earlier) !== identityKey(identity)) {
    warnings.push(
      `${name} was ${earlier.email ?? 'another login'} before; it is ${identity.email ?? 'another one'} now.`,
    );
  }
  return {identity, warnings};
}

async function identityIn(home: string): Promise<Identity | null> {
  const state = await readAuthFile(home);
  return isLoggedIn(state) ? identityOf(state.auth) : null;
}
