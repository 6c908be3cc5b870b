import {type Candidate, candidatesOf} from '../accounts/standings.js';
import type {AccountStore} from '../accounts/store/store.js';
import type {Route} from './route.js';

/** What the user says of the accounts of a run. */
export type AccountChoice = {
  /** The one that is named (`--account`); absent: the default. */
  account?: string;
  /** Without it (`--no-fallback`) there is no other. */
  fallback: boolean;
};

/**
 * The accounts that a run may use, in the order in which it tries them: the named one, the default, the others; without
 * a fallback the first of these alone. Those whose limit for the run's model is out say until when; those that do not
 * have it say so.
 */
export async function candidates(
  store: AccountStore,
  {account, fallback}: AccountChoice,
  {limits, loginUser}: Pick<Route, 'limits' | 'loginUser'>,
): Promise<Candidate[]> {
  const nowMs = Date.now();
  const all = await Promise.all(
    (await candidatesOf(store, nowMs, {by: loginUser})).map(async (candidate) => ({
      ...candidate,
      ...(await limits.standingOf(candidate.account, candidate.usage, nowMs)),
    })),
  );
  const named = all.filter(({name}) => name === account);
  const ordered = [...named, ...all.filter(({name}) => name !== account)];
  return fallback ? ordered : ordered.slice(0, 1);
}

/**
 * The account that must be the one to begin with: only a quota lets another take its place. Null where any may.
 *
 * @param all as {@link candidates} orders them.
 */
export function wanted(all: readonly Candidate[], {account, fallback}: AccountChoice): Candidate | null {
  return account === undefined && fallback ? null : (all[0] ?? null);
}
