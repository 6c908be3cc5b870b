import type {Account} from '../accounts/store/store.js';
import {environmentIn} from '../codex/home/environment.js';
import {hasOption, parseCodexCommandLine} from '../codex/process/arguments.js';
import {type LaunchResult, type Observed, launchCodex} from '../codex/process/launch.js';
import {type RolloutSummary, summarizeRollout} from '../codex/threads/rollout.js';
import {subagentsOf} from '../codex/threads/lineage.js';
import {findRollout} from '../codex/threads/rollout-files.js';
import {threadResumedBy} from '../codex/process/resume-arguments.js';
import type {ReplayableInput} from '../codex/process/replayable-input.js';
import {ThreadObserver, type WrittenThread} from '../codex/threads/thread-observer.js';
import type {Outcome} from '../contract/index.js';
import {hasErrorCode, systemReason} from '../errors/index.js';
import {markMoment} from '../files/clock.js';

export type AttemptOptions = {
  account: Account;
  binary: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Piped input that a later attempt must get again. */
  input?: ReplayableInput;
};

/** One Codex process on one account, over. */
export type Attempt = {
  /** Milliseconds since the epoch. */
  startedAtMs: number;
  exitCode: number;
  /** A signal to this process ended it: the user's will, never a reason to go on elsewhere. */
  interrupted: boolean;
  /** The thread it wrote last, never a sub-agent's; null when it wrote none that could be told. */
  thread: WrittenThread | null;
  /** What that thread did during the attempt; null without a thread. */
  summary: RolloutSummary | null;
  /** Why its thread could not be read, so that nobody knows what it did; null when it could, or there is none. */
  unread: string | null;
  /** For the verdict. */
  outcome: Outcome;
  /** How the sub-agents ended that failed in that thread's last turn, and the models that they asked for. */
  failedSubagents: {outcome: Outcome; model: string | null}[];
};

/** Runs Codex once on an account and gathers, without touching its terminal, how that went. */
export async function attempt({account, binary, args, cwd, env, input}: AttemptOptions): Promise<Attempt> {
  const started = markMoment();
  const observer = await ThreadObserver.start(account.home, workingFolder(args, cwd));
  let result: LaunchResult;
  try {
    result = await launchCodex({
      binary,
      args,
      env,
      cwd,
      observe: observedOutput(args),
      ...(input === undefined ? {} : {input}),
      onStart: (pid) => observer.attach(pid),
    });
  } finally {
    observer.stop();
  }
  const {exitCode, interrupted, outputTail} = result;
  const startedAtMs = started();
  const {agents, ...written} = await whatWasWritten(observer, args, account.home, startedAtMs);
  const timeZone = await timeZoneIn(account.home, env);
  return {
    startedAtMs,
    exitCode,
    interrupted,
    ...written,
    outcome: {...outcomeOf(exitCode, written.summary, outputTail), ...timeZone},
    failedSubagents: agents
      .filter(({lastTurn}) => lastTurn?.ended === 'failed')
      .map((summary) => ({
        outcome: {...outcomeOf(exitCode, summary, undefined), ...timeZone},
        model: summary.model,
      })),
  };
}

type Written = Pick<Attempt, 'thread' | 'summary' | 'unread'> & {
  /** What the thread's sub-agents did in its last turn. */
  agents: RolloutSummary[];
};

/** Whatever keeps it from being read: Codex has ended, and its exit code must come through. */
async function whatWasWritten(
  observer: ThreadObserver,
  args: readonly string[],
  home: string,
  startedAtMs: number,
): Promise<Written> {
  let thread: WrittenThread | null = null;
  try {
    thread = (await observer.thread()) ?? (await threadNamed(args, home));
    if (thread === null) return {thread, summary: null, agents: [], unread: null};
    const summary = await summarizeRollout(thread.rollout, startedAtMs);
    const agents: RolloutSummary[] = [];
    for (const {path} of await subagentsOf(home, thread.id))
      agents.push(await summarizeRollout(path, summary.turnBeganAtMs ?? startedAtMs));
    return {thread, summary, agents, unread: null};
  } catch (error) {
    // Codex itself may have taken the thread away.
    const unread = hasErrorCode(error, 'ENOENT') ? null : systemReason(error);
    return {thread, summary: null, agents: [], unread};
  }
}

/** Where open files cannot be seen: a command line that resumes a thread by its id has written that one. */
async function threadNamed(args: readonly string[], home: string): Promise<WrittenThread | null> {
  const id = threadResumedBy(args);
  const rollout = id === null ? null : await findRollout(home, id);
  return id === null || rollout === null ? null : {id, rollout: rollout.path};
}

function outcomeOf(
  exitCode: number,
  summary: RolloutSummary | null,
  outputTail: string | undefined,
): Outcome {
  return {
    source: 'process',
    exitCode,
    ...(summary?.lastTurn?.ended === 'failed' ? {turnError: summary.lastTurn.error} : {}),
    ...(summary?.rateLimits ? {rateLimits: summary.rateLimits} : {}),
    ...(outputTail === undefined ? {} : {outputTail}),
  };
}

/** The time zone of Codex's environment, where it is not that of ours. */
async function timeZoneIn(home: string, env: NodeJS.ProcessEnv): Promise<Pick<Outcome, 'timeZone'>> {
  const timeZone = (await environmentIn(home, env))['TZ'];
  return timeZone === undefined || timeZone === process.env['TZ'] ? {} : {timeZone};
}

/** Where errors are said: events on stdout with `exec --json`, else stderr. Never a terminal. */
function observedOutput(args: readonly string[]): Observed {
  const line = parseCodexCommandLine(args);
  if (line.kind !== 'exec') return null;
  const stream = hasOption(line, '--json', '--experimental-json') ? 'stdout' : 'stderr';
  return process[stream].isTTY ? null : stream;
}

function workingFolder(args: readonly string[], cwd: string): string {
  const option = parseCodexCommandLine(args).arguments.findLast(
    (argument) => argument.kind === 'option' && argument.name === '--cd',
  );
  return (option?.kind === 'option' ? option.values[0] : undefined) ?? cwd;
}
