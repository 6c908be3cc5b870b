import type {AccountReport} from '../../contract/index.js';
import {type Choosable, type Return, firstBack, usable} from './choice.js';

/** As much of a report as the choice needs. */
type Reported = Pick<AccountReport, 'name' | 'state' | 'stateUntilMs' | 'spendsCredits'>;

/** Which account is tried next and why; with `name` null, when the first can be again (null: never by itself). */
export type NextAccount = {name: string; why: string} | {name: null; firstReady: Return | null};

/** The first that can be asked, in the order of the accounts: the default, then as registered. */
export function nextAccount(accounts: readonly Reported[], nowMs: number): NextAccount {
  const choosable = accounts.map(({name, state, stateUntilMs, spendsCredits}): Choosable => ({
    name,
    standing: {state, untilMs: stateUntilMs, reason: null, spendsCredits},
  }));
  const [next] = usable(choosable);
  if (!next) return {name: null, firstReady: firstBack(choosable, nowMs)};
  if (next.standing.state === 'used-up') return {name: next.name, why: 'used-up, as all others are out'};
  if (next.standing.spendsCredits) return {name: next.name, why: 'on credits, as no other has quota'};
  const passedOver = accounts.slice(0, choosable.indexOf(next));
  return {name: next.name, why: passedOver.length === 0 ? 'the default account' : whyNot(passedOver)};
}

function whyNot(passedOver: readonly Reported[]): string {
  const [first, ...others] = passedOver;
  if (!first) return '';
  const rest =
    others.length === 0 ? '' : `, as ${others.length === 1 ? 'is 1' : `are ${others.length}`} more`;
  const why = first.spendsCredits ? 'would spend credits' : first.state;
  return `${first.name} is passed over: ${why}${rest}`;
}
