import {hasOption, parseCodexCommandLine, positionals} from '../codex/process/arguments.js';
import {tellsOfWork} from '../codex/process/exec-output.js';
import {canResume, resumeArguments, threadNamedBy} from '../codex/process/resume-arguments.js';
import type {Verdict} from '../contract/index.js';
import {CaoError} from '../errors/index.js';
import {isUnreadable} from '../extensions/verdict.js';
import type {Attempt} from './attempt.js';
import {caoLine} from '../files/text/shell-words.js';

/** What a fallback does with work that has begun: `auto` continues it if there is any. */
export type Continue = 'auto' | 'always' | 'never';

/** What the next account is to run: the user's own command line, or a resume of the thread that it began. */
export type Task = {
  args: readonly string[];
  /** The thread that must be in the account's home first; null when the command line names none. */
  threadId: string | null;
  /** The account on which this run last worked on the thread; null when it has not. */
  writtenBy: string | null;
};

/** The user's command line as it stands. */
export function taskAsGiven(args: readonly string[]): Task {
  return {args, threadId: threadNamedBy(args), writtenBy: null};
}

export type NextOptions = {
  /** What the attempt ran, and on which account. */
  task: Task;
  account: string;
  /** The user's own command line. */
  given: readonly string[];
  mode: Continue;
  /** Said in a continued thread instead of the user's prompt. */
  prompt: string;
};

/**
 * What to run on the next account after an attempt that ended for its quota.
 *
 * @throws CaoError `work_not_continuable` when work has begun that neither can be continued nor should be repeated.
 */
export function nextTask(
  attempt: Pick<Attempt, 'summary' | 'thread' | 'unread' | 'outcome'>,
  {task, account, given, mode, prompt}: NextOptions,
): Task {
  if (mode === 'never') return taskAsGiven(given);
  const {thread, unread} = attempt;
  const line = parseCodexCommandLine(given);
  if (knownThread(thread, task) === null) {
    if (!workIsSeen(attempt, hasOption(line, '--ephemeral'))) return task;
    const why =
      unread === null ? 'Codex kept no record of the thread' : `its thread cannot be read (${unread})`;
    throw new CaoError(`Work has begun, and it cannot be continued: ${why}.`, {
      code: 'work_not_continuable',
      suggestions: [
        `Run the command anew on the next account, from its beginning: ${caoLine('run', '--restart', '--', '…')}`,
      ],
    });
  }
  // A review changes nothing, and can only be made as a whole.
  if (!canResume(line)) return taskAsGiven(given);
  const threadId = threadToContinue(attempt, {task, given, mode});
  if (threadId === null) return task;
  const args = resumeArguments(given, threadId, prompt, {images: false});
  return {args, threadId, writtenBy: account};
}

/** The thread in which the work of an attempt must go on; null when the same command can be run again. */
export function threadToContinue(
  {summary, thread, unread}: Pick<Attempt, 'summary' | 'thread' | 'unread'>,
  {task, given, mode}: Pick<NextOptions, 'task' | 'given' | 'mode'>,
): string | null {
  const line = parseCodexCommandLine(given);
  const threadId = knownThread(thread, task);
  if (mode === 'never' || threadId === null || !canResume(line)) return null;
  // What was typed into the TUI is in the thread alone.
  const cannotRepeat = line.kind === 'tui' && positionals(line).length === 0 && summary !== null;
  const begun = task.writtenBy !== null || summary?.producedOutput === true || unread !== null;
  return mode === 'auto' && !begun && !cannotRepeat ? null : threadId;
}

function knownThread(thread: Attempt['thread'], {writtenBy, threadId}: Task): string | null {
  return thread?.id ?? (writtenBy === null ? null : threadId);
}

/** Where there is no rollout, what `codex exec` prints tells. */
function workIsSeen({outcome, unread}: Pick<Attempt, 'outcome' | 'unread'>, ephemeral: boolean): boolean {
  if (outcome.outputTail === undefined) return ephemeral || unread !== null;
  return tellsOfWork(outcome.outputTail);
}

/** Whether a failed turn says that its account cannot read a part of the thread that another account made. */
export function hitForeignContent({summary}: Pick<Attempt, 'summary'>, verdict: Verdict | null): boolean {
  return isUnreadable(verdict) && summary?.producedOutput !== true;
}
