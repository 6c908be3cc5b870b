import {join} from 'node:path';

import {homeExists} from '../accounts/store/homes.js';
import type {AccountStore} from '../accounts/store/store.js';
import {type AuthFileState, isLoggedIn, readAuthFile} from '../codex/login/auth-file.js';
import {toAccountName, uniqueName} from './account-name.js';
import type {Draft} from './read-source.js';
import {isFresher, isIdentified, isSameLogin} from './sameness.js';

/** What is to become of a draft. `name` is the account's, existing or new. */
export type ImportStep = {draft: Draft; name: string} &
  /** `over`: a login that the account has now. `has`: the account has this very login, and no older tokens of it. */
  ({write: true; over: boolean} | {write: false; reason: string; has: boolean});

export type Replacing = {
  /** Logins that accounts have already are replaced, unless they are newer. */
  overwrite: boolean;
  /** Newer ones too. */
  older: boolean;
};

type Existing = {name: string; login: AuthFileState};

/** Decides for each draft which account it is: one that is here already, by its identity, or a new one. */
export async function planImport(
  store: AccountStore,
  drafts: readonly Draft[],
  replacing: Replacing,
): Promise<ImportStep[]> {
  const existing: Existing[] = await Promise.all(
    (await store.accounts()).map(async ({name, home}) => ({name, login: await readAuthFile(home)})),
  );
  const taken = new Set(existing.map(({name}) => name.toLowerCase()));
  const steps: ImportStep[] = [];
  for (const draft of drafts) {
    const wanted = toAccountName(draft.proposedName);
    const match = matching(existing, draft, wanted);
    const reason = match ? reasonToSkip(match, draft, replacing) : null;
    if (match && reason !== null) {
      const {login} = match;
      const has =
        isLoggedIn(login) && isSameLogin(login.auth, draft.auth) && !isFresher(draft.auth, login.auth);
      steps.push({draft, name: match.name, write: false, reason, has});
      continue;
    }
    const name =
      match?.name ??
      (await uniqueName(
        wanted,
        async (candidate) =>
          taken.has(candidate.toLowerCase()) ||
          // A home that is no account (any more) but holds a login is somebody's: never written over.
          (await homeExists(join(store.folder.home(candidate), 'auth.json'))),
      ));
    taken.add(name.toLowerCase());
    steps.push({draft, name, write: true, over: match !== undefined && isLoggedIn(match.login)});
  }
  return steps;
}

/** The account with this login; else the one of this name, unless it is known to be somebody else's. */
function matching(existing: readonly Existing[], draft: Draft, wanted: string): Existing | undefined {
  return (
    existing.find(({login}) => login.kind === 'ok' && isSameLogin(login.auth, draft.auth)) ??
    existing.find(
      ({name, login}) =>
        name === wanted && !(isLoggedIn(login) && isIdentified(login.auth) && isIdentified(draft.auth)),
    )
  );
}

/** Why the login that an account has stays; null when the draft may take its place. */
function reasonToSkip({name, login}: Existing, draft: Draft, {overwrite, older}: Replacing): string | null {
  if (!isLoggedIn(login)) return null;
  const isSame = isSameLogin(login.auth, draft.auth);
  if (!overwrite) {
    return isSame ? `this login is the account ${name} already` : `the account ${name} has a login already`;
  }
  // Putting spent tokens over good ones would end the login.
  if (older || !isSame || !isFresher(login.auth, draft.auth)) return null;
  return `the tokens of ${name} are newer; --overwrite --older puts these over them`;
}
