import {type Candidate, candidatesOf} from '../accounts/standings.js';
import type {AccountStore} from '../accounts/store/store.js';
import type {ModelLimits} from './model-limits.js';

/**
 * All accounts in the order in which a run tries them: `first` when named, then the default, then the others. Those whose
 * limit for the run's model is out say until when; those that do not have it say so.
 */
export async function candidates(
  store: AccountStore,
  first: string | undefined,
  limits: ModelLimits,
): Promise<Candidate[]> {
  const nowMs = Date.now();
  const all = (await candidatesOf(store, nowMs)).map((candidate) => ({
    ...candidate,
    modelUntilMs: limits.untilMs(candidate.name, candidate.account.status, nowMs),
    lacksModel: limits.lacks(candidate.name, candidate.account.status, nowMs),
  }));
  if (first === undefined) return all;
  return [...all.filter(({name}) => name === first), ...all.filter(({name}) => name !== first)];
}
