import {type Availability, availabilityOf} from '../accounts/availability.js';
import type {Account, AccountStore} from '../accounts/store.js';

/** An account with what stands for or against trying it now. */
export type Candidate = {account: Account; availability: Availability};

/** All accounts in the order in which a run tries them: `first` when named, then the default, then the others. */
export async function candidates(store: AccountStore, first: string | undefined): Promise<Candidate[]> {
  const accounts = await store.accounts();
  const ordered =
    first === undefined
      ? accounts
      : [...accounts.filter(({name}) => name === first), ...accounts.filter(({name}) => name !== first)];
  const nowMs = Date.now();
  return Promise.all(
    ordered.map(async (account) => ({account, availability: await availabilityOf(account, nowMs)})),
  );
}

/** When an account comes free, milliseconds since the epoch. */
export type Reset = {name: string; untilMs: number};

/** The cooldown that ends first; null when no account is merely waiting. */
export function earliestReset(all: readonly Candidate[]): Reset | null {
  return all.reduce<Reset | null>((earliest, {account, availability}) => {
    if (availability.state !== 'cooldown') return earliest;
    return earliest === null || availability.untilMs < earliest.untilMs
      ? {name: account.name, untilMs: availability.untilMs}
      : earliest;
  }, null);
}
