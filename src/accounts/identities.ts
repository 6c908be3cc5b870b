import {isLoggedIn, readAuthFile} from '../codex/login/auth-file.js';
import {type Identity, identityKey, identityOf} from '../codex/login/identity.js';
import {traitsOf} from '../codex/login/login-kind.js';
import type {LoginKind} from '../contract/index.js';
import type {Account} from './store/store.js';

/** A login as somebody who uses it sees it. */
export type Person = {kind: LoginKind; identity: Identity};

/** Whether a login would turn an account into another one: of another user or workspace, or of one nobody knows. */
export function isSomebodyElse(before: Person, now: Person): boolean {
  const [one, other] = [identityKey(before.identity), identityKey(now.identity)];
  // Where the owner is not told, as with keys, a new one of the same kind is what people call renewing it.
  return one === null || other === null ? before.kind !== now.kind : one !== other;
}

/** `work@example.com (workspace w)`, or `an API key`. */
export function describePerson({kind, identity: {email, workspaceId}}: Person): string {
  const {noun} = traitsOf(kind);
  if (email === null) return workspaceId === null ? noun : `${noun} of workspace ${workspaceId}`;
  return workspaceId === null ? email : `${email} (workspace ${workspaceId})`;
}

/** Who each account is logged in as; null for one that is not logged in. */
async function identitiesOf(accounts: readonly Account[]): Promise<Map<string, Identity | null>> {
  const entries = await Promise.all(
    accounts.map(async ({name, home}) => {
      const state = await readAuthFile(home);
      return [name, isLoggedIn(state) ? identityOf(state.auth) : null] as const;
    }),
  );
  return new Map(entries);
}

/** The workspace of each account; null for one that is not logged in to any. */
export async function workspacesOf(accounts: readonly Account[]): Promise<Map<string, string | null>> {
  const identities = await identitiesOf(accounts);
  return new Map([...identities].map(([name, identity]) => [name, identity?.workspaceId ?? null]));
}

/** Accounts other than `name` that hold the same login (user and workspace) as `identity`. */
export async function twinsOf(
  accounts: readonly Account[],
  name: string,
  identity: Identity,
): Promise<string[]> {
  const key = identityKey(identity);
  if (key === null) return [];
  const identities = await identitiesOf(accounts.filter((account) => account.name !== name));
  return [...identities].flatMap(([other, found]) => (found && identityKey(found) === key ? [other] : []));
}
