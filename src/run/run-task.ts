import {accountEnvironment} from '../accounts/environment.js';
import {secureLogin} from '../accounts/login-safety.js';
import {guardLogin} from '../accounts/vanished-login.js';
import {completeLogin} from '../codex/login/login-lock.js';
import {withRelayedTokens} from '../codex/tokens/token-relay.js';
import {withoutDaemon} from '../codex/process/arguments.js';
import type {Account} from '../accounts/store/store.js';
import type {Verdict} from '../contract/index.js';
import {briefly, isFileProblem} from '../errors/index.js';
import type {DecideVerdict} from '../extensions/verdict.js';
import {type LeftBehind, bringThread} from '../threads/bring.js';
import {makeReadable} from '../threads/make-readable.js';
import {unarchiveThread} from '../threads/unarchive.js';
import {describeUnread} from '../threads/unread.js';
import {agrees} from './agreement.js';
import {type Attempt, attempt} from './attempt.js';
import {type Task, hitForeignContent} from './continuation.js';
import type {RunOptions} from './options.js';
import type {Route} from './route.js';

/** An attempt with what its failure means; null for a success, or one that is nobody's fault. */
export type Judged = {
  result: Attempt;
  verdict: Verdict | null;
  /** Something that it has shown of its account could not be written down, so that nobody will know of it. */
  unsaved: boolean;
};

/** Runs a task on an account, with its thread in place; once more if the account could not read a part of that. */
export async function runTask(
  task: Task,
  account: Account,
  options: RunOptions,
  route: Route,
): Promise<Judged> {
  const {store, codexVersion, cwd} = options;
  const overrides = [...(await options.pastGateway(account.home)), ...route.overrides];
  const args = withoutDaemon([...overrides, ...task.args], codexVersion);
  const secure = async (): Promise<void> => secureLogin(store.folder, account.name, {args, cwd});
  // Before all else: where Codex must not be started, nothing is changed for it.
  await secure();
  await prepareThread(task, account, options);
  const first = await runOn({task, args}, account, options, route);
  const {thread} = first.result;
  if (route.leavesOutForeignContent || first.result.interrupted) return first;
  if (thread === null || !hitForeignContent(first.result, first.verdict)) return first;
  try {
    if (!(await makeReadable(thread, account, options))) return first;
  } catch (error) {
    // Codex has ended: what comes after it must not take the place of its exit code.
    if (!isFileProblem(error)) throw error;
    options.notify(`The thread could not be made readable for ${account.name}. ${briefly(error)}`);
    return first;
  }
  if (!(await agrees({...task, threadId: thread.id}, account.name, options))) return first;
  await secure();
  return runOn({task, args}, account, options, route);
}

const STAYS_BEHIND: Record<LeftBehind['why'], string> = {
  sealed: 'was compacted remotely and stays behind: only its account can read it.',
  'past-differs': 'stays behind: the thread that it goes on from was continued otherwise here.',
  'past-of': 'stays behind: a fork here rests on another state of it.',
};

/** Brings the thread of a task to the account's home, when it is elsewhere or newer elsewhere. */
async function prepareThread(
  {threadId: id, writtenBy}: Task,
  account: Account,
  {store, binary, notify}: Pick<RunOptions, 'store' | 'binary' | 'notify'>,
): Promise<void> {
  if (id === null) return;
  const unarchive = async (): Promise<void> => {
    await unarchiveThread(store, id, account, binary);
    notify(`Thread ${id} was archived on ${account.name}, and is not any more.`);
  };
  const brought = await bringThread(store, id, account, {writtenBy, unarchive});
  if (brought === null) return;
  const {from, keptAside, leftBehind, unread} = brought;
  for (const one of unread)
    notify(`${describeUnread(one)}: a newer state of thread ${id} would not be seen.`);
  notify(
    from === account.name
      ? `Thread ${id} continues on ${account.name}.`
      : `Thread ${id} goes from ${from} to ${account.name}.`,
  );
  for (const kept of keptAside) notify(`${account.name} had another state of it, which is kept in ${kept}`);
  for (const {id: agent, why} of leftBehind) notify(`Its sub-agent ${agent} ${STAYS_BEHIND[why]}`);
}

async function runOn(
  {task, args}: {task: Task; args: readonly string[]},
  account: Account,
  {store, decide, binary, cwd, input, notify}: RunOptions,
  {environment, recorder}: Route,
): Promise<Judged> {
  await completeLogin(account.home);
  const saved = new Saved(notify);
  await saved.that(`The start on ${account.name}`, async () => recorder?.began(account));
  const env = {...(await accountEnvironment(store, account)), ...environment};
  const clientId = await store.oauthClientId();
  // A thread that goes on has the user's input in it already.
  const again = input && task.writtenBy === null ? {input} : {};
  const {ended, lost} = await guardLogin(store.folder, account.name, args, () =>
    withRelayedTokens(
      {home: account.home, accountName: account.name, clientId, args, env, notify},
      (relayed) => attempt({account, binary, args, cwd, env: relayed, ...again}),
    ),
  );
  if (lost !== null) notify(lost);
  if (ended.unread !== null) notify(`${describeUnread({account: account.name, reason: ended.unread})}.`);
  const judged = await judge(ended, decide);
  await saved.that(`What this run has shown of ${account.name}`, async () =>
    recorder?.ended(account, judged.result, judged.verdict),
  );
  return {...judged, unsaved: saved.failed};
}

/** What goes on although it cannot be saved: Codex runs, or has ended, and its exit code is the run's. */
class Saved {
  failed = false;

  constructor(private readonly notify: (line: string) => void) {}

  /** Saves something, and says on one line if it cannot be. */
  async that(what: string, save: () => Promise<unknown>): Promise<void> {
    try {
      await save();
    } catch (error) {
      this.failed = true;
      this.notify(`${what} could not be saved. ${briefly(error)}`);
    }
  }
}

/** A quota that only a sub-agent met is the run's all the same: its part of the work is not done. */
async function judge(result: Attempt, decide: DecideVerdict): Promise<Omit<Judged, 'unsaved'>> {
  if (result.interrupted) return {result, verdict: null};
  const succeeded = result.exitCode === 0 && result.outcome.turnError === undefined;
  const verdict = succeeded ? null : await decide(result.outcome);
  for (const {outcome, model} of verdict?.kind === 'quota' ? [] : result.failedSubagents) {
    const other = await decide(outcome);
    if (other?.kind !== 'quota') continue;
    const summary = result.summary && {...result.summary, model};
    return {result: {...result, outcome, summary}, verdict: other};
  }
  return {result, verdict};
}
