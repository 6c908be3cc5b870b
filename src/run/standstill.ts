import {type Return, firstBack} from '../accounts/state/choice.js';
import type {Candidate} from '../accounts/standings.js';
import {isLoggedIn} from '../codex/login/auth-file.js';
import {traitsOf} from '../codex/login/login-kind.js';
import {CaoError} from '../errors/index.js';

/** What may be done when no account is free. */
export type StandstillOptions = {
  /** Whether any other account might have taken over. */
  fallback: boolean;
  /** Waits for a reset, or until an account is free before it; true when one is. Absent: gives up. */
  waitFor?: (reset: Return, isFree: () => Promise<boolean>) => Promise<boolean>;
  /** How the earliest reset reads. */
  describeReset: (reset: Return) => string;
};

/** One line, once a run, for each account that is passed over until somebody logs in. */
export function announceSkipped(
  all: readonly Candidate[],
  skipped: Set<string>,
  notify: (line: string) => void,
): void {
  for (const {account, kind, standing} of all) {
    if (skipped.has(account.name)) continue;
    const {notInGateway} = traitsOf(kind);
    if (notInGateway !== null && standing.reason === notInGateway) {
      notify(`Skipping ${account.name}: ${notInGateway}.`);
    } else if (standing.state === 'needs-login') {
      notify(
        `Skipping ${account.name}: ${standing.reason ?? 'no reason given'}. Log in: cao add ${account.name}`,
      );
    } else if (standing.state === 'quarantined') {
      notify(
        `Skipping ${account.name}: ${standing.reason ?? 'no reason given'}. Bring it back with a new login: cao add ${account.name}`,
      );
    } else {
      continue;
    }
    skipped.add(account.name);
  }
}

/**
 * Waits for the earliest reset.
 *
 * @param threadId the thread that has begun the work, to be named as what can be continued.
 * @param isFree looks whether an account can be used by now.
 * @throws CaoError `all_accounts_out` (exit 75) or, with nothing to wait for, `no_usable_account`.
 */
export async function waitOrGiveUp(
  all: readonly Candidate[],
  threadId: string | null,
  options: StandstillOptions,
  isFree: () => Promise<boolean>,
): Promise<void> {
  const reset = firstBack(all, Date.now());
  if (reset === null) {
    throw new CaoError('No account can be used: each one needs a login.', {
      code: 'no_usable_account',
      suggestions: all.map(({account}) => `Log in: cao add ${account.name}`).slice(0, 3),
    });
  }
  if (options.waitFor && (await options.waitFor(reset, isFree))) return;
  const who = options.fallback ? 'Every account' : reset.name;
  throw new CaoError(`${who} is out of quota. ${options.describeReset(reset)}`, {
    code: 'all_accounts_out',
    suggestions: [
      ...(threadId === null
        ? ['Wait for it: cao run --wait -- …']
        : [
            `Continue the thread later: cao resume ${threadId}`,
            `Or wait for it: cao resume ${threadId} --wait`,
          ]),
      options.fallback
        ? 'Or add another account: cao add NAME'
        : 'Or let another account take over: leave --no-fallback out',
    ],
  });
}

/** For an account that must begin, and of which waiting makes nothing. */
export function loginNeeded({name, login, standing}: Candidate): CaoError {
  return new CaoError(`${name} cannot be used: ${standing.reason ?? 'its login is refused'}.`, {
    code: isLoggedIn(login) ? 'needs_login' : 'not_logged_in',
    suggestions: [
      `Log in: cao add ${name}`,
      'Or leave the choice to cao: cao run without --account and --no-fallback',
    ],
  });
}

/** For a data folder without accounts. */
export function noAccounts(): CaoError {
  return new CaoError('There is no account yet.', {
    code: 'no_accounts',
    suggestions: ['Add one: cao add NAME', 'Or take them over from another tool: cao import'],
  });
}
