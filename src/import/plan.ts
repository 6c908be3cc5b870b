import {join} from 'node:path';

import {homeExists} from '../accounts/store/homes.js';
import type {AccountStore} from '../accounts/store/store.js';
import {type AuthFileState, isLoggedIn, readAuthFile} from '../codex/login/auth-file.js';
import {toAccountName, uniqueName} from './account-name.js';
import type {Draft} from './read-source.js';
import {isIdentified, isSameLogin} from './sameness.js';

/** What is to become of a draft. `name` is the account's, existing or new. */
export type Step = {draft: Draft; name: string} & ({write: true} | {write: false; reason: string});

type Existing = {name: string; login: AuthFileState};

/** Decides for each draft which account it is: one that is here already, by its identity, or a new one. */
export async function planImport(
  store: AccountStore,
  drafts: readonly Draft[],
  {overwrite}: {overwrite: boolean},
): Promise<Step[]> {
  const existing: Existing[] = await Promise.all(
    (await store.accounts()).map(async ({name, home}) => ({name, login: await readAuthFile(home)})),
  );
  const taken = new Set(existing.map(({name}) => name.toLowerCase()));
  const steps: Step[] = [];
  for (const draft of drafts) {
    const wanted = toAccountName(draft.proposedName);
    const match = matching(existing, draft, wanted);
    if (match && isLoggedIn(match.login) && !overwrite) {
      steps.push({draft, name: match.name, write: false, reason: skipReason(match, draft)});
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
    steps.push({draft, name, write: true});
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

function skipReason({name, login}: Existing, draft: Draft): string {
  return login.kind === 'ok' && isSameLogin(login.auth, draft.auth)
    ? `this login is the account ${name} already`
    : `the account ${name} has a login already`;
}
