import {accountEnvironment} from '../accounts/environment.js';
import {withoutDaemon} from '../codex/process/arguments.js';
import type {Account} from '../accounts/store/store.js';
import type {Verdict} from '../contract/index.js';
import {bringThread} from '../threads/bring.js';
import {makeReadable} from '../threads/make-readable.js';
import {describeUnread} from '../threads/unread.js';
import {agrees} from './agreement.js';
import {type Attempt, attempt} from './attempt.js';
import {type Task, hitForeignContent} from './continuation.js';
import type {RunOptions} from './options.js';
import type {Route} from './route.js';

/** An attempt with what its failure means; null for a success, or one that is nobody's fault. */
export type Judged = {result: Attempt; verdict: Verdict | null};

/** Runs a task on an account, with its thread in place; once more if the account could not read a part of that. */
export async function runTask(
  task: Task,
  account: Account,
  options: RunOptions,
  route: Route,
): Promise<Judged> {
  await prepareThread(task, account, options);
  const first = await runOn(task, account, options, route);
  const {thread} = first.result;
  if (route.leavesOutForeignContent || first.result.interrupted) return first;
  if (thread === null || !hitForeignContent(first.result, first.verdict)) return first;
  if (!(await makeReadable(thread, account, options))) return first;
  if (!(await agrees({...task, threadId: thread.id}, account.name, options))) return first;
  return runOn(task, account, options, route);
}

/** Brings the thread of a task to the account's home, when it is elsewhere or newer elsewhere. */
async function prepareThread(
  {threadId: id, writtenBy}: Task,
  account: Account,
  {store, notify}: Pick<RunOptions, 'store' | 'notify'>,
): Promise<void> {
  if (id === null) return;
  const brought = await bringThread(store, id, account, writtenBy);
  if (brought === null) return;
  const {from, keptAside, unread} = brought;
  for (const one of unread)
    notify(`${describeUnread(one)}: a newer state of thread ${id} would not be seen.`);
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
  {store, decide, binary, codexVersion, cwd, input, notify}: RunOptions,
  {overrides, environment, recorder}: Route,
): Promise<Judged> {
  await recorder?.began(account);
  const env = {...(await accountEnvironment(store, account)), ...environment};
  // A thread that goes on has the user's input in it already.
  const again = input && task.writtenBy === null ? {input} : {};
  const args = withoutDaemon([...overrides, ...task.args], codexVersion);
  const result = await attempt({account, binary, args, cwd, env, ...again});
  if (result.unread !== null) notify(`${describeUnread({account: account.name, reason: result.unread})}.`);
  const succeeded = result.exitCode === 0 && result.outcome.turnError === undefined;
  const verdict = succeeded || result.interrupted ? null : await decide(result.outcome);
  await recorder?.ended(account, result, verdict);
  return {result, verdict};
}
