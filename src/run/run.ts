import {setTimeout as sleep} from 'node:timers/promises';

import type {AccountStore} from '../accounts/store.js';
import {CaoError, ExitCode} from '../errors.js';
import type {ReplayableInput} from '../codex/replayable-input.js';
import type {DecideVerdict} from '../extensions/verdict.js';
import {type Attempt, attempt} from './attempt.js';
import {type Candidate, candidates, earliestReset} from './candidates.js';
import {recordAttempt} from './record.js';

export type RunOptions = {
  store: AccountStore;
  decide: DecideVerdict;
  /** The Codex program, found already. */
  binary: string;
  /** For Codex, as the user gave them. */
  codexArguments: readonly string[];
  cwd: string;
  /** Piped input, given to each attempt anew; absent where Codex reads the terminal. */
  input?: ReplayableInput;
  /** Tried first, even while it cools down: naming it is asking for it. */
  account?: string;
  fallback: boolean;
  /** How often the list of accounts is gone through. */
  maxPasses: number;
  /** Pause between two passes. */
  retryDelayMs: number;
  /** Wait for a reset instead of giving up; true when an account came free. Absent: give up. */
  waitFor?: (reset: {name: string; untilMs: number}) => Promise<boolean>;
  /** One line for the user, on stderr. */
  notify: (line: string) => void;
  /** When every account is out, how its earliest reset reads. */
  describeReset: (reset: {name: string; untilMs: number}) => string;
};

/**
 * Runs Codex on the first account that is free, and on the next when its quota is gone.
 *
 * @returns the exit code of the last Codex process.
 * @throws CaoError `all_accounts_out` (exit 75), `no_accounts`, `no_usable_account`.
 */
export async function runWithFallback(options: RunOptions): Promise<number> {
  const {store, notify} = options;
  if (options.account !== undefined) await store.account(options.account);
  const skipped = new Set<string>();
  let tried = new Set<string>();
  let pass = 1;
  let exhausted: string | null = null;
  for (;;) {
    const all = await candidates(store, options.account);
    if (all.length === 0) throw noAccounts();
    const next = all.find((candidate) => !tried.has(candidate.account.name) && mayRun(candidate, options));
    announceSkipped(all, skipped, options);
    if (!next) {
      if (pass < options.maxPasses && tried.size > 0) {
        pass += 1;
        tried = new Set();
        await sleep(options.retryDelayMs);
        continue;
      }
      await waitOrGiveUp(all, options);
      tried = new Set();
      pass = 1;
      continue;
    }
    const {name} = next.account;
    if (exhausted !== null) notify(`Quota exhausted on ${exhausted}. Falling back to: ${name}`);
    notify(`Using account: ${name}`);
    tried.add(name);
    const {result, quota} = await runOn(next, options);
    if (!quota || result.interrupted || !options.fallback) return result.exitCode;
    if (result.summary?.producedOutput) {
      notify(
        `Quota exhausted on ${name}. Thread ${result.thread?.id} has begun its work, so it is not repeated elsewhere.`,
      );
      return result.exitCode;
    }
    exhausted = name;
  }
}

async function runOn(
  {account}: Candidate,
  {store, decide, binary, codexArguments, cwd, input, notify}: RunOptions,
): Promise<{result: Attempt; quota: boolean}> {
  await store.recordAttempt(account.name, Date.now());
  const result = await attempt({account, binary, args: codexArguments, cwd, ...(input ? {input} : {})});
  const succeeded = result.exitCode === 0 && result.outcome.turnError === undefined;
  const verdict = succeeded || result.interrupted ? null : await decide(result.outcome);
  await recordAttempt(store, account.name, result, verdict);
  if (verdict?.kind === 'auth')
    notify(`${account.name} needs a new login (${verdict.reason}): cao add ${account.name}`);
  if (verdict?.kind === 'dead')
    notify(`${account.name} is out of use (${verdict.reason}) until it is logged in again.`);
  return {result, quota: verdict?.kind === 'quota'};
}

/** The account that the user named runs whatever its state, as long as it is logged in at all. */
function mayRun({account, availability}: Candidate, {account: named}: RunOptions): boolean {
  return availability.state === 'ready' || (account.name === named && availability.state !== 'needs-login');
}

function announceSkipped(all: readonly Candidate[], skipped: Set<string>, {notify}: RunOptions): void {
  for (const {account, availability} of all) {
    if (skipped.has(account.name)) continue;
    if (availability.state === 'needs-login') {
      notify(`Skipping ${account.name}: ${availability.reason}. Log in: cao add ${account.name}`);
    } else if (availability.state === 'quarantined') {
      notify(
        `Skipping ${account.name}: ${availability.reason}. Bring it back with a new login: cao add ${account.name}`,
      );
    } else {
      continue;
    }
    skipped.add(account.name);
  }
}

async function waitOrGiveUp(all: readonly Candidate[], options: RunOptions): Promise<void> {
  const reset = earliestReset(all);
  if (reset === null) {
    throw new CaoError('No account can be used: each one needs a login.', {
      code: 'no_usable_account',
      suggestions: all.map(({account}) => `Log in: cao add ${account.name}`).slice(0, 3),
    });
  }
  if (options.waitFor && (await options.waitFor(reset))) return;
  throw new CaoError(`Every account is out of quota. ${options.describeReset(reset)}`, {
    code: 'all_accounts_out',
    exit: ExitCode.tempFail,
    suggestions: ['Wait for it: cao run --wait -- …', 'Or add another account: cao add NAME'],
  });
}

function noAccounts(): CaoError {
  return new CaoError('There is no account yet.', {
    code: 'no_accounts',
    suggestions: ['Add one: cao add NAME', 'Or take them over from another tool: cao import'],
  });
}
