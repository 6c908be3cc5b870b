import {type AuthFileState, isLoggedIn, kindOfLogin, readAuthFile} from '../codex/login/auth-file.js';
import {traitsOf} from '../codex/login/login-kind.js';
import type {LoginKind} from '../contract/index.js';
import {type LoginFacts, type Standing, stateOf} from './state/account-state.js';
import {readThreads} from './store/gateway-threads.js';
import type {Account, AccountStore} from './store/store.js';
import {statusAsOf, usageAsOf} from './data/clock-ahead.js';
import {inLightOf} from './data/status-file.js';
import {type AccountUsage, type UsageSample, mergeSample} from './data/usage-file.js';
import {rolloutNews} from './rollout-news.js';
import {usageOf} from './store/usage-store.js';

/** Who uses a login: Codex itself, or the gateway for it, which cannot use every kind. */
export type LoginUser = 'codex' | 'gateway';

/** An account with all that decides whether it can be used, and the decision. */
export type Candidate = {
  name: string;
  account: Account;
  login: AuthFileState;
  /** Null while nobody is logged in. */
  kind: LoginKind | null;
  /** The newest of what is stored and what Codex has written into rollouts since. */
  usage: AccountUsage;
  /** What of it is not stored yet. */
  news: UsageSample[];
  standing: Standing;
  /** When the limit of the model that is asked for returns; null when it is not out, or nobody asked for one. */
  modelUntilMs: number | null;
  /** It was found not to have that model. */
  lacksModel: boolean;
  /** Whether its list of models names it; null where none is known. */
  listsModel: boolean | null;
};

/**
 * Every account as it stands at `nowMs`, in the order in which they are tried: the default, then subscriptions, then
 * those that are billed for each use. Looks only; no network.
 *
 * @param onProblem told of an account whose rollouts cannot be read.
 */
export async function candidatesOf(
  store: AccountStore,
  nowMs: number,
  {by = 'codex', onProblem = store.onProblem}: {by?: LoginUser; onProblem?: (problem: string) => void} = {},
): Promise<Candidate[]> {
  const [accounts, usageFile, policy, threads] = await Promise.all([
    store.accounts(),
    store.usage.read(),
    store.usePolicy(),
    readThreads(store.folder),
  ]);
  const served = new Set(threads.map(([thread]) => thread));
  const found = await Promise.all(
    accounts.map(async (stored) => {
      const {name, home} = stored;
      const login = await readAuthFile(home);
      const known = usageAsOf(usageOf(usageFile, name), nowMs);
      const news = await rolloutNews(stored, login, known, {served, nowMs, onProblem});
      const usage = news.reduce(mergeSample, known);
      const status = inLightOf(statusAsOf(stored.status, nowMs), usage);
      const account = {...stored, status};
      const standing = stateOf(name, {login: loginFacts(login, by), status, usage}, policy, nowMs);
      const kind = kindOfLogin(login);
      const ofModel = {modelUntilMs: null, lacksModel: false, listsModel: null};
      return {name, account, login, kind, usage, news, standing, ...ofModel};
    }),
  );
  const isLast = ({kind, account}: Candidate): boolean => traitsOf(kind).billed && !account.isDefault;
  return [...found.filter((one) => !isLast(one)), ...found.filter(isLast)];
}

/** What a home's `auth.json` says to the decision. */
export function loginFacts(login: AuthFileState, by: LoginUser = 'codex'): LoginFacts {
  if (isLoggedIn(login)) {
    const refusal = by === 'gateway' ? traitsOf(kindOfLogin(login)).notInGateway : null;
    if (refusal !== null) return {kind: 'none', reason: refusal};
    return {kind: 'usable', writtenAtMs: login.writtenAtMs};
  }
  return {
    kind: 'none',
    reason: login.kind === 'unreadable' ? `auth.json: ${login.reason}` : 'not logged in',
  };
}
