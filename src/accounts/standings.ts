import {type AuthFileState, isLoggedIn, readAuthFile} from '../codex/login/auth-file.js';
import {type LoginFacts, type Standing, stateOf} from './state/account-state.js';
import type {Account, AccountStore} from './store/store.js';
import {inLightOf} from './data/status.js';
import type {AccountUsage} from './data/usage-file.js';
import {usageOf} from './store/usage-store.js';

/** An account with all that decides whether it can be used, and the decision. */
export type Candidate = {
  name: string;
  account: Account;
  login: AuthFileState;
  usage: AccountUsage;
  standing: Standing;
  /** When the limit of the model that is asked for returns; null when it is not out, or nobody asked for one. */
  modelUntilMs: number | null;
  /** It was found not to have that model. */
  lacksModel: boolean;
};

/** Every account as it stands at `nowMs`, in the order in which they are tried. Looks only; no network. */
export async function candidatesOf(store: AccountStore, nowMs: number): Promise<Candidate[]> {
  const [accounts, usageFile, policy] = await Promise.all([
    store.accounts(),
    store.usage.read(),
    store.usePolicy(),
  ]);
  return Promise.all(
    accounts.map(async (stored) => {
      const {name, home} = stored;
      const login = await readAuthFile(home);
      const usage = usageOf(usageFile, name);
      const status = inLightOf(stored.status, usage);
      const account = {...stored, status};
      const standing = stateOf(name, {login: loginFacts(login), status, usage}, policy, nowMs);
      return {name, account, login, usage, standing, modelUntilMs: null, lacksModel: false};
    }),
  );
}

/** What a home's `auth.json` says to the decision. */
export function loginFacts(login: AuthFileState): LoginFacts {
  if (isLoggedIn(login)) return {kind: 'usable', writtenAtMs: login.writtenAtMs};
  return {
    kind: 'none',
    reason: login.kind === 'unreadable' ? `auth.json: ${login.reason}` : 'not logged in',
  };
}
