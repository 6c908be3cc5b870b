import {setTimeout as sleep} from 'node:timers/promises';

import {accountEnvironment} from '../accounts/environment.js';
import type {Account, AccountStore} from '../accounts/store.js';
import {parseCodexCommandLine} from '../codex/arguments.js';
import {CaoError, ExitCode} from '../errors.js';
import type {ReplayableInput} from '../codex/replayable-input.js';
import type {DecideVerdict} from '../extensions/verdict.js';
import {type Attempt, attempt} from './attempt.js';
import {bringThread} from './bring-thread.js';
import {type Candidate, candidates, earliestReset} from './candidates.js';
import {type Continue, type Task, hitForeignContent, nextTask, taskAsGiven} from './continuation.js';
import {makeReadable} from './make-readable.js';
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
  /** Whether a fallback continues the thread or begins anew. */
  continue: Continue;
  /** Said to the next account when it continues a thread. */
  continuePrompt: string;
  /** How often the list of accounts is gone through. */
  maxPasses: number;
  /** Pause between two passes. */
  retryDelayMs: number;
  /** Wait for a reset instead of giving up; true when an account came free. Absent: give up. */
  waitFor?: (reset: {name: string; untilMs: number}) => Promise<boolean>;
  /** Asks a person whether to go on with the screen on another account. Absent: nobody is there to be asked. */
  confirm?: (question: string) => Promise<boolean>;
  /** One line for the user, on stderr. */
  notify: (line: string) => void;
  /** When every account is out, how its earliest reset reads. */
  describeReset: (reset: {name: string; untilMs: number}) => string;
};

/**
 * Runs Codex on the first account that is free, and on the next when its quota is gone. Work that has begun goes on
 * in its thread, which is brought to the next account; otherwise the same command is run again.
 *
 * @returns the exit code of the last Codex process.
 * @throws CaoError `all_accounts_out` (exit 75), `no_accounts`, `no_usable_account`, and those of a thread that
 *   cannot be continued: `thread_sealed`, `thread_busy`, `work_not_continuable`.
 */
export async function runWithFallback(options: RunOptions): Promise<number> {
  const {store, notify} = options;
  if (options.account !== undefined) await store.account(options.account);
  const skipped = new Set<string>();
  let tried = new Set<string>();
  let pass = 1;
  let exhausted: {name: string; result: Attempt} | null = null;
  let task = taskAsGiven(options.codexArguments);
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
      await waitOrGiveUp(all, exhausted?.result.thread?.id ?? task.threadId, options);
      tried = new Set();
      pass = 1;
      continue;
    }
    const {name} = next.account;
    if (exhausted !== null) {
      notify(`Quota exhausted on ${exhausted.name}. Falling back to: ${name}`);
      task = nextTask(exhausted.result, {
        task,
        account: exhausted.name,
        given: options.codexArguments,
        mode: options.continue,
        prompt: options.continuePrompt,
      });
      if (!(await agrees(task, name, options))) return exhausted.result.exitCode;
    }
    notify(`Using account: ${name}`);
    tried.add(name);
    const {result, quota} = await runTask(task, next.account, options);
    if (!quota || result.interrupted || !options.fallback) return result.exitCode;
    exhausted = {name, result};
  }
}

/** Somebody at the screen has just left it and may be done; without anybody there is nothing to ask. */
async function agrees(
  {threadId}: Task,
  name: string,
  {codexArguments, confirm}: RunOptions,
): Promise<boolean> {
  if (!confirm || parseCodexCommandLine(codexArguments).kind !== 'tui') return true;
  return confirm(threadId === null ? `Open Codex on ${name}?` : `Continue this thread on ${name}?`);
}

/** Runs a task on an account, with its thread in place; once more if the account could not read a part of that. */
async function runTask(
  task: Task,
  account: Account,
  options: RunOptions,
): Promise<{result: Attempt; quota: boolean}> {
  await prepareThread(task, account, options);
  const first = await runOn(task, account, options);
  const {thread} = first.result;
  if (first.result.interrupted || thread === null || !hitForeignContent(first.result)) return first;
  if (!(await makeReadable(thread, account, options))) return first;
  if (!(await agrees({...task, threadId: thread.id}, account.name, options))) return first;
  return runOn(task, account, options);
}

async function prepareThread(
  {threadId: id, writtenBy}: Task,
  account: Account,
  {store, notify}: RunOptions,
): Promise<void> {
  if (id === null) return;
  const brought = await bringThread(store, id, account, writtenBy);
  if (brought === null) return;
  const {from, keptAside} = brought;
  notify(
    from === account.name
      ? `Thread ${id} continues on ${account.name}.`
      : `Thread ${id} goes from ${from} to ${account.name}.`,
  );
  if (keptAside !== null)
    notify(`${account.name} had another, older state of it, which is kept in ${keptAside}`);
}

async function runOn(
  task: Task,
  account: Account,
  {store, decide, binary, cwd, input, notify}: RunOptions,
): Promise<{result: Attempt; quota: boolean}> {
  await store.recordAttempt(account.name, Date.now());
  const env = await accountEnvironment(store, account);
  // A thread that goes on has the user's input in it already.
  const again = input && task.writtenBy === null ? {input} : {};
  const result = await attempt({account, binary, args: task.args, cwd, env, ...again});
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

async function waitOrGiveUp(
  all: readonly Candidate[],
  threadId: string | null,
  options: RunOptions,
): Promise<void> {
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
    suggestions: [
      'Wait for it: cao run --wait -- …',
      ...(threadId === null ? [] : [`Continue the thread later: cao resume ${threadId}`]),
      'Or add another account: cao add NAME',
    ],
  });
}

function noAccounts(): CaoError {
  return new CaoError('There is no account yet.', {
    code: 'no_accounts',
    suggestions: ['Add one: cao add NAME', 'Or take them over from another tool: cao import'],
  });
}
