import type {Standing} from './account-state.js';

/** A wait that the backend names no end of is told as this. */
const UNKNOWN_WAIT_MS = 60_000;

/** As much of an account as a choice needs. */
export type Choosable = {
  name: string;
  standing: Standing;
  /** When the limit of the model that is asked for returns, milliseconds since the epoch; absent or null: it is not out. */
  modelUntilMs?: number | null;
  /** It was found not to have the model that is asked for. */
  lacksModel?: boolean;
  /** Whether its list of models names the one that is asked for; absent or null: no list is known. */
  listsModel?: boolean | null;
};

/**
 * The accounts that can be asked, the best class first, each in the order of {@link offeredFirst}: those with quota of their
 * plan, those that would spend credits, and those that are used up. What is paid already goes before what is paid by use; a
 * full window is a number seen earlier, and the backend's own answer outranks it when nothing else is left. Those that lack
 * the model are asked only where no other could ever be: what the backend says of it is then the answer.
 */
export function classes<T extends Choosable>(accounts: readonly T[]): T[][] {
  const others = accounts.filter(({lacksModel}) => lacksModel !== true);
  const mayHaveIt = classesByQuota(others);
  return mayHaveIt.length > 0 || others.some(isWaiting) ? mayHaveIt : classesByQuota(accounts);
}

function classesByQuota<T extends Choosable>(accounts: readonly T[]): T[][] {
  const possible = accounts.filter(({modelUntilMs}) => (modelUntilMs ?? null) === null);
  const ready = inState(possible, 'ready');
  return [
    ready.filter(({standing}) => !standing.spendsCredits),
    ready.filter(({standing}) => standing.spendsCredits),
    inState(possible, 'used-up'),
  ]
    .filter((all) => all.length > 0)
    .map((all) => offeredFirst(all));
}

/**
 * The order given, except that where one account's list of models names the one that is asked for, those whose lists do not
 * come after the others. They are asked all the same: lists leave out models that the backend takes, and name some that
 * it refuses.
 */
export function offeredFirst<T extends Choosable>(accounts: readonly T[]): T[] {
  if (!accounts.some(({listsModel}) => listsModel === true)) return [...accounts];
  const isLast = ({listsModel}: T): boolean => listsModel === false;
  return [...accounts.filter((one) => !isLast(one)), ...accounts.filter(isLast)];
}

/** All that can be asked, in the order of {@link classes}. */
export function usable<T extends Choosable>(accounts: readonly T[]): T[] {
  return classes(accounts).flat();
}

/** Whether some account may have the model that is asked for, now or after a wait. */
export function someMayHaveModel(accounts: readonly Choosable[]): boolean {
  return accounts.some(
    (account) => account.lacksModel !== true && (isWaiting(account) || usable([account]).length > 0),
  );
}

/** Whether an account has a login that the backend takes, whatever is left on it. */
export function hasWorkingLogin({standing: {state}}: Choosable): boolean {
  return state !== 'needs-login' && state !== 'quarantined';
}

/** Whether waiting alone brings an account back. */
export function isWaiting({standing: {state}, modelUntilMs}: Choosable): boolean {
  return ['cooldown', 'used-up', 'reserved'].includes(state) || (modelUntilMs ?? null) !== null;
}

/** An account with when it can be asked again, milliseconds since the epoch. */
export type Return = {name: string; atMs: number};

/** The account that can be asked first again; null when waiting helps none. */
export function firstBack(accounts: readonly Choosable[], nowMs: number): Return | null {
  return accounts
    .flatMap((account): Return[] => {
      const atMs = account.lacksModel === true ? null : backAtMs(account, nowMs);
      return atMs === null ? [] : [{name: account.name, atMs}];
    })
    .reduce<Return | null>((first, each) => (first === null || each.atMs < first.atMs ? each : first), null);
}

function backAtMs(account: Choosable, nowMs: number): number | null {
  const {
    standing: {state, untilMs},
    modelUntilMs,
  } = account;
  if (!hasWorkingLogin(account)) return null;
  const known = [state === 'ready' ? null : untilMs, modelUntilMs ?? null].filter((atMs) => atMs !== null);
  return known.length === 0 ? nowMs + UNKNOWN_WAIT_MS : Math.max(...known);
}

function inState<T extends Choosable>(accounts: readonly T[], wanted: Standing['state']): T[] {
  return accounts.filter(({standing}) => standing.state === wanted);
}
