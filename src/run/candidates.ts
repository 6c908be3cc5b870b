import {firstBack} from '../accounts/choice.js';
import {type Candidate, candidatesOf} from '../accounts/standings.js';
import type {AccountStore} from '../accounts/store.js';

/** All accounts in the order in which a run tries them: `first` when named, then the default, then the others. */
export async function candidates(store: AccountStore, first: string | undefined): Promise<Candidate[]> {
  const all = await candidatesOf(store, Date.now());
  if (first === undefined) return all;
  return [...all.filter(({name}) => name === first), ...all.filter(({name}) => name !== first)];
}

/** When an account comes free, milliseconds since the epoch. */
export type Reset = {name: string; untilMs: number};

/** The account that can be asked first again; null when waiting helps none. */
export function earliestReset(all: readonly Candidate[]): Reset | null {
  const first = firstBack(all, Date.now());
  return first && {name: first.name, untilMs: first.atMs};
}
