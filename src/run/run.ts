import {setTimeout as sleep} from 'node:timers/promises';

import {accountEnvironment} from '../accounts/environment.js';
import type {Account, AccountStore} from '../accounts/store.js';
import {parseCodexCommandLine} from '../codex/process/arguments.js';
import type {ReplayableInput} from '../codex/process/replayable-input.js';
import type {Verdict} from '../contract/index.js';
import type {DecideVerdict} from '../extensions/verdict.js';
import {type Attempt, attempt} from './attempt.js';
import {bringThread} from '../threads/bring.js';
import {usable} from '../accounts/choice.js';
import type {Candidate} from '../accounts/standings.js';
import {candidates} from './candidates.js';
import {type Continue, type Task, hitForeignContent, nextTask, taskAsGiven} from './continuation.js';
import {makeReadable} from '../threads/make-readable.js';
import {recordAttempt, recordFallback} from './record.js';
import {type StandstillOptions, announceSkipped, noAccounts, waitOrGiveUp} from './standstill.js';

export type RunOptions = StandstillOptions & {
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
  /** Asks a person whether to go on with the screen on another account. Absent: nobody is there to be asked. */
  confirm?: (question: string) => Promise<boolean>;
  /** One line for the user, on stderr. */
  notify: (line: string) => void;
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
  let exhausted: {name: string; result: Attempt; reason: string} | null = null;
  let task = taskAsGiven(options.codexArguments);
  for (;;) {
    const all = await candidates(store, options.account);
    if (all.length === 0) throw noAccounts();
    const next = nextOf(
      all.filter(({name}) => !tried.has(name)),
      options,
    );
    announceSkipped(all, skipped, notify);
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
      await recordFallback(store, exhausted.name, name, exhausted.reason);
    }
    notify(`Using account: ${name}`);
    tried.add(name);
    const {result, verdict} = await runTask(task, next.account, options);
    if (verdict?.kind !== 'quota' || result.interrupted || !options.fallback) return result.exitCode;
    exhausted = {name, result, reason: verdict.reason};
  }
}

/** An attempt with what its failure means; null for a success, or one that is nobody's fault. */
type Judged = {result: Attempt; verdict: Verdict | null};

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
async function runTask(task: Task, account: Account, options: RunOptions): Promise<Judged> {
  await prepareThread(task, account, options);
  const first = await runOn(task, account, options);
  const {thread} = first.result;
  if (first.result.interrupted || thread === null || !hitForeignContent(first.result)) return first;
  if (!(await makeReadable(thread, account, options))) return first;
  if (!(await agrees({...task, threadId: thread.id}, account.name, options))) return first;
  return runOn(task, account, options);
}

/** Brings the thread of a task to the account's home, when it is elsewhere or newer elsewhere. */
export async function prepareThread(
  {threadId: id, writtenBy}: Task,
  account: Account,
  {store, notify}: Pick<RunOptions, 'store' | 'notify'>,
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
): Promise<Judged> {
  await store.status.recordAttempt(account.name, Date.now());
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
  return {result, verdict};
}

/** The account that the user named runs whatever its state, as long as it is logged in at all. */
function nextOf(untried: readonly Candidate[], {account: named}: RunOptions): Candidate | undefined {
  const wanted = untried.find(({name, standing}) => name === named && standing.state !== 'needs-login');
  return wanted ?? usable(untried)[0];
}
