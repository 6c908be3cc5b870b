import {setTimeout as sleep} from 'node:timers/promises';

import {noAccounts} from '../accounts/data/no-accounts.js';
import {firstBack} from '../accounts/state/choice.js';
import type {Candidate} from '../accounts/standings.js';
import type {Account} from '../accounts/store/store.js';
import {parseCodexCommandLine} from '../codex/process/arguments.js';
import {proxyFaultIn} from '../codex/route/proxy-fault.js';
import {optionsToResume} from '../codex/process/resume-arguments.js';
import {type CaoError, briefly, isFileProblem} from '../errors/index.js';
import {caoLine} from '../files/text/shell-words.js';
import {threadOfOtherProvider} from '../threads/errors.js';
import {foreignProvider} from '../threads/provider.js';
import {agrees} from './agreement.js';
import type {Attempt} from './attempt.js';
import {candidates, wanted} from './candidates.js';
import {type Task, nextTask, taskAsGiven, threadToContinue} from './continuation.js';
import {freshenToken} from './fresh-token.js';
import type {RunOptions} from './options.js';
import type {QuotaVerdict, Route} from './route.js';
import {runTask} from './run-task.js';
import {type ResumeLine, announceSkipped, waitOrGiveUp} from './standstill.js';

/** An attempt that ended for a quota, until the next takes its place. */
type Exhausted = {name: string; result: Attempt; verdict: QuotaVerdict};

/**
 * Runs Codex by a route, and again when a quota is gone, as the route allows. Work that has begun goes on in its
 * thread, which is brought to the home of the next attempt; otherwise the same command is run again.
 *
 * @returns the exit code of the last Codex process, also when something could not be read or saved after it.
 * @throws CaoError `all_accounts_out` (exit 75), `no_accounts`, `no_usable_account`, `not_logged_in` or `needs_login` of
 *   the account that must begin, and those of a thread that
 *   cannot be continued: `thread_sealed`, `thread_busy`, `threads_unreadable`, `thread_provider`, `work_not_continuable`.
 */
export async function runCodex(options: RunOptions, route: Route): Promise<number> {
  const ended: Ended = {exitCode: null, unsaved: false};
  try {
    return await runAttempts(options, route, ended);
  } catch (error) {
    if (ended.exitCode === null || !isFileProblem(error)) throw error;
    options.notify(`The work does not go on. ${briefly(error)}`);
    return ended.exitCode;
  }
}

/** How the last Codex process ended; null before the first. */
type Ended = {exitCode: number | null; unsaved: boolean};

async function runAttempts(options: RunOptions, route: Route, ended: Ended): Promise<number> {
  const {store, notify} = options;
  if (options.account !== undefined) await store.account(options.account);
  /** Accounts that cannot do this run: Codex asks another provider there than the thread's, or new tokens cannot be kept. */
  const unfit = new Set<string>();
  const look = async (): Promise<Candidate[]> =>
    (await candidates(store, options, route)).filter(({name}) => !unfit.has(name));
  const skipped = new Set<string>();
  const toldOf = new Set<string>();
  let exhausted: Exhausted | null = null;
  let task = taskAsGiven(options.codexArguments);
  const passOver = async ({name}: Account, problem: CaoError): Promise<void> => {
    unfit.add(name);
    const others = exhausted !== null || (options.account === undefined && (await look()).length > 0);
    if (!others) throw problem;
    notify(`Passing over ${name}: ${briefly(problem)}`);
  };
  for (;;) {
    const all = await look();
    if (all.length === 0) throw noAccounts();
    const step = route.next(all);
    if (step.kind === 'refuse') throw step.error;
    announceSkipped(all, skipped, notify);
    if (step.kind === 'pause') {
      await sleep(step.ms);
      continue;
    }
    if (step.kind === 'standstill') {
      // Nobody has written down that the accounts are out: they would be asked for ever.
      if (exhausted !== null && ended.unsaved) return exhausted.result.exitCode;
      const {codexArguments: given, continue: mode} = options;
      const threadId = exhausted && threadToContinue(exhausted.result, {task, given, mode});
      await waitOrGiveUp(look, threadId === null ? null : goingOn(threadId, options), options);
      continue;
    }
    const {account} = step;
    const next: Task = exhausted === null ? task : taskAfter(exhausted, task, options);
    const problem = route.eachInItsHome ? await providerProblem(next, account, options) : null;
    if (problem !== null) {
      await passOver(account, problem);
      continue;
    }
    await tellOfProxy(account, route, {told: toldOf, notify});
    const refused = route.showsToken ? await freshenToken(store, account, notify) : null;
    if (refused !== null) {
      if (refused.code !== 'needs_login') await passOver(account, refused);
      else if (exhausted === null && wanted(all, options)?.name === account.name) throw refused;
      continue;
    }
    task = next;
    if (exhausted !== null) {
      const line = route.fallingBack(exhausted.name, account.name, exhausted.verdict);
      if (line !== null) notify(line);
      if (!(await agrees(task, account.name, options))) return exhausted.result.exitCode;
      await fellBack(exhausted, account, options, route);
    }
    notify(route.using(account));
    const {result, verdict, unsaved} = await runTask(task, account, options, route);
    ended.exitCode = result.exitCode;
    ended.unsaved ||= unsaved;
    route.limits.noteAsked(result.summary?.model ?? null);
    const mayGoOn = options.fallback || options.waitFor !== undefined;
    if (verdict?.kind !== 'quota') return result.exitCode;
    if (!mayGoOn) {
      const reset = verdict.lacks === undefined ? firstBack(await look(), Date.now()) : null;
      if (reset !== null) notify(`Quota exhausted on ${account.name}. ${options.describeReset(reset)}`);
      return result.exitCode;
    }
    if (!(await route.canGoOn(verdict))) {
      if (verdict.lacks !== undefined) notify(`No account that can be used has the model ${verdict.lacks}.`);
      return result.exitCode;
    }
    exhausted = {name: account.name, result, verdict};
  }
}

/** For the history alone, without which the work goes on. */
async function fellBack(
  {name, verdict}: Exhausted,
  to: Account,
  {notify}: RunOptions,
  {recorder}: Route,
): Promise<void> {
  try {
    await recorder?.fellBack(name, to.name, verdict.reason);
  } catch (error) {
    notify(`The fallback could not be saved. ${briefly(error)}`);
  }
}

/** Codex would only say after a while, and not what is wrong. It is started all the same: some of its requests may get there. */
async function tellOfProxy(
  {home}: Account,
  {showsToken, eachInItsHome}: Route,
  {told, notify}: {told: Set<string>; notify: (line: string) => void},
): Promise<void> {
  const fault = showsToken && eachInItsHome ? await proxyFaultIn(home, process.env) : null;
  if (fault === null || told.has(fault.message)) return;
  told.add(fault.message);
  notify([fault.message, ...fault.suggestions].join(' '));
}

function taskAfter(
  {name, result}: Exhausted,
  task: Task,
  {codexArguments, continue: mode, continuePrompt}: RunOptions,
): Task {
  return nextTask(result, {task, account: name, given: codexArguments, mode, prompt: continuePrompt});
}

/** Why the thread of a task cannot be opened in an account's home: Codex would only say so, in its own words. */
async function providerProblem(
  {threadId, args}: Task,
  account: Account,
  {store}: RunOptions,
): Promise<CaoError | null> {
  if (threadId === null) return null;
  const provider = await foreignProvider(await store.accounts(), threadId, account, args);
  return provider === null ? null : threadOfOtherProvider(threadId, provider, account);
}

/** How a person goes on with a thread as the run would: in the screen, or with `codex exec` and its next prompt. */
function goingOn(threadId: string, {codexArguments, continuePrompt, runFlags}: RunOptions): ResumeLine {
  const isExec = parseCodexCommandLine(codexArguments).kind === 'exec';
  const exec = isExec ? ['--exec', continuePrompt] : [];
  const forCodex = optionsToResume(codexArguments);
  return (...flags) => {
    const names = flags.map(flagName);
    const own = runFlags.filter((flag) => !names.includes(flagName(flag)));
    const end = forCodex.length === 0 ? [] : ['--', ...forCodex];
    return caoLine('resume', threadId, ...exec, ...own, ...flags, ...end);
  };
}

function flagName(flag: string): string {
  return flag.split('=', 1)[0] ?? flag;
}
