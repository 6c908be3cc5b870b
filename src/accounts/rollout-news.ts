import {identityOf} from '../codex/login/identity.js';
import {type AuthFileState, kindOfLogin} from '../codex/login/auth-file.js';
import {traitsOf} from '../codex/login/login-kind.js';
import {type RolloutUsage, latestRolloutUsage} from '../codex/usage/rollout-usage.js';
import {isFileProblem, systemReason} from '../errors/index.js';
import {isAhead} from '../files/clock.js';
import {type AccountUsage, type UsageSample, keyed} from './data/usage-file.js';
import type {Account, AccountStore} from './store/store.js';

export type NewsOptions = {
  /** Threads that a gateway has served, by id: what Codex has written there may be of any account, and the gateway knows. */
  served: ReadonlySet<string>;
  nowMs: number;
  /** Told that the rollouts cannot be read; they are left out then. */
  onProblem: (problem: string) => void;
};

/** What Codex has written into the rollouts of an account's home about its usage, as far as it is newer than what is stored. */
export async function rolloutNews(
  {name, home}: Pick<Account, 'name' | 'home'>,
  login: AuthFileState,
  stored: AccountUsage,
  {served, nowMs, onProblem}: NewsOptions,
): Promise<UsageSample[]> {
  const readings = await readingsIn(home, login, served).catch((error: unknown) => {
    onProblem(`The threads of ${name} could not be read (${systemReason(error)}).`);
    return [];
  });
  return readings
    .map((reading): UsageSample => ({account: name, source: 'rollout', ...reading}))
    .filter((sample) => !isAhead(sample.atMs, nowMs) && tellsNews(stored, sample));
}

/** Stores the news of all accounts for whoever looks next; looking must work on a folder that cannot be written. */
export async function storeNews(
  store: AccountStore,
  accounts: readonly {news: readonly UsageSample[]}[],
): Promise<void> {
  try {
    await store.usage.record(accounts.flatMap(({news}) => news));
  } catch (error) {
    if (!isFileProblem(error)) throw error;
  }
}

/** What is billed has no windows, whatever an earlier login has left in the home. */
async function readingsIn(
  home: string,
  login: AuthFileState,
  served: ReadonlySet<string>,
): Promise<RolloutUsage[]> {
  if (traitsOf(kindOfLogin(login)).billed) return [];
  const identity = login.kind === 'ok' ? identityOf(login.auth) : null;
  return latestRolloutUsage(home, {
    userId: identity?.userId ?? null,
    workspaceId: identity?.workspaceId ?? null,
    others: served,
  });
}

function tellsNews(stored: AccountUsage, {windows, atMs}: UsageSample): boolean {
  const known = keyed(stored.windows);
  return [...keyed(windows).keys()].some((key) => {
    const old = known.get(key);
    return !old || old.atMs < atMs;
  });
}
