import {type Return, firstBack, usable} from '../accounts/state/choice.js';
import type {Candidate} from '../accounts/standings.js';
import {isLoggedIn} from '../codex/login/auth-file.js';
import {traitsOf} from '../codex/login/login-kind.js';
import {CaoError} from '../errors/index.js';
import {caoLine} from '../files/text/shell-words.js';
import {loginHint} from '../codex/login/login-line.js';

/** How a wait ended: an account is free, the reset has come and none is, or it would have lasted longer than allowed. */
export type Waited = 'free' | 'none-free' | 'too-long';

/** The command line that continues the work that has begun, with more flags. */
export type ResumeLine = (...flags: string[]) => string;

/** What may be done when no account is free. */
export type StandstillOptions = {
  /** Whether any other account might have taken over. */
  fallback: boolean;
  /** Asks the backend whether accounts are still out, at most once a run. @returns whether it was asked at all. */
  askBackend?: (all: readonly Candidate[]) => Promise<boolean>;
  /** Waits for a reset, or until an account is free before it. Absent: gives up. */
  waitFor?: (reset: Return, isFree: () => Promise<boolean>) => Promise<Waited>;
  /** This very run as a command line, with one more flag. */
  again: (flag: string) => string;
  /** How the earliest reset reads. */
  describeReset: (reset: Return) => string;
};

/** One line, once a run, for each account that is passed over until somebody logs in. */
export function announceSkipped(
  all: readonly Candidate[],
  skipped: Set<string>,
  notify: (line: string) => void,
): void {
  for (const candidate of all) {
    const {account, kind, standing} = candidate;
    if (skipped.has(account.name)) continue;
    if (isOnlyNotForGateway(candidate)) {
      notify(`Skipping ${account.name}: ${standing.reason ?? 'not for the gateway'}.`);
    } else if (standing.state === 'needs-login') {
      notify(
        `Skipping ${account.name} (needs-login): ${standing.reason ?? 'no reason given'}. ${loginHint('Log in', account.name, kind)}`,
      );
    } else if (standing.state === 'quarantined') {
      notify(
        `Skipping ${account.name} (quarantined): ${standing.reason ?? 'no reason given'}. ${loginHint('Bring it back with a new login', account.name, kind)}`,
      );
    } else {
      continue;
    }
    skipped.add(account.name);
  }
}

/**
 * Asks the backend whether the accounts are still out, then waits for one reset after the other until an account is free.
 *
 * @param look at all accounts as they stand then.
 * @param resume what continues the work that has begun; null where the same run is made again.
 * @throws CaoError `all_accounts_out` (exit 75) or, with nothing to wait for, `no_usable_account`.
 */
export async function waitOrGiveUp(
  look: () => Promise<Candidate[]>,
  resume: ResumeLine | null,
  options: StandstillOptions,
): Promise<void> {
  const {askBackend, waitFor} = options;
  // An account that is used up by what was told just now would only be refused.
  if ((await askBackend?.(await look())) === true && usable(await look()).some(isReady)) return;
  const isFree = async (): Promise<boolean> => usable(await look()).length > 0;
  for (let beyond = false; ;) {
    const all = await look();
    const reset = firstBack(all, Date.now());
    if (reset === null) throw noneUsable(all);
    if (!waitFor || beyond) throw allOut(all, reset, {resume, beyond, options});
    const waited = await waitFor(reset, isFree);
    if (waited === 'free') return;
    beyond = waited === 'too-long';
  }
}

type GivingUp = {
  resume: ResumeLine | null;
  /** The reset is later than a wait may last. */
  beyond: boolean;
  options: StandstillOptions;
};

function isReady({standing}: Candidate): boolean {
  return standing.state === 'ready';
}

function noneUsable(all: readonly Candidate[]): CaoError {
  return new CaoError('No account can be used: each one is needs-login or quarantined.', {
    code: 'no_usable_account',
    suggestions: [...new Set(all.map(remedy))].slice(0, 3),
  });
}

function allOut(all: readonly Candidate[], reset: Return, {resume, beyond, options}: GivingUp): CaoError {
  const {fallback, describeReset, again} = options;
  const reserved = all.filter(({standing}) => standing.state === 'reserved').map(({name}) => name);
  const command = resume ?? again;
  const wait = command(beyond ? `--wait=${hoursUntil(reset, Date.now())}h` : '--wait');
  const who = fallback ? 'Every account' : reset.name;
  const what = reserved.length === 0 ? 'out of quota' : 'out of quota or reserved';
  return new CaoError(
    `${who} is ${what}. ${describeReset(reset)}${beyond ? ' That is beyond --wait.' : ''}`,
    {
      code: 'all_accounts_out',
      suggestions: [
        ...reserved
          .slice(0, 1)
          .map((name) => `${name} is reserved. Use it all the same: ${command(`--account=${name}`)}`),
        ...(resume === null
          ? [`Wait for it: ${wait}`]
          : [`Continue the thread later: ${resume()}`, `Or wait for it: ${wait}`]),
        fallback
          ? `Or add another account: ${caoLine('add', 'NAME')}`
          : 'Or let another account take over: leave --no-fallback out',
      ],
    },
  );
}

/** Whole hours, and what a start takes. */
function hoursUntil({atMs}: Return, nowMs: number): number {
  return Math.max(0, Math.ceil((atMs - nowMs) / 3_600_000)) + 1;
}

/** For an account that must begin, and of which waiting makes nothing. */
export function loginNeeded(candidate: Candidate): CaoError {
  const {name, login, standing} = candidate;
  return new CaoError(`${name} cannot be used: ${standing.reason ?? 'its login is refused'}.`, {
    code: isLoggedIn(login) ? 'needs_login' : 'not_logged_in',
    suggestions: [
      remedy(candidate),
      `Or leave the choice to cao: ${caoLine('run')} without --account and --no-fallback`,
    ],
  });
}

function remedy(candidate: Candidate): string {
  return isOnlyNotForGateway(candidate)
    ? `${candidate.name} works without the gateway: leave --gateway out, or say --no-gateway`
    : loginHint('Log in', candidate.name, candidate.kind);
}

/** Its login is as good as any, for Codex itself. */
function isOnlyNotForGateway({kind, standing}: Candidate): boolean {
  const {notInGateway} = traitsOf(kind);
  return notInGateway !== null && standing.reason === notInGateway;
}
