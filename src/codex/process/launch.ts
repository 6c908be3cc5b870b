import {type ChildProcess, spawn} from 'node:child_process';
import {constants} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';

import {CaoError, messageOf} from '../../errors/index.js';
import {needsShell} from './binary.js';
import {OutputTail} from './output-tail.js';
import type {ReplayableInput} from './replayable-input.js';

/** Which output is looked at while it goes on its way; the other one is Codex's own descriptor. */
export type Observed = 'stdout' | 'stderr' | null;

export type LaunchOptions = {
  binary: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  observe: Observed;
  /** What Codex reads; this process's own stdin unless given. */
  input?: ReplayableInput;
  /** Joins Codex's stdout to stderr, for commands whose own stdout is data. */
  stdoutToStderr?: boolean;
  /** Told the process id as soon as there is one. */
  onStart?: (pid: number) => void;
};

export type LaunchResult = {
  /** Codex's exit code; 128 + number for a signal, as shells say it. */
  exitCode: number;
  /** The user or system asked this process to end while Codex ran. */
  interrupted: boolean;
  /** The end of the observed output. */
  outputTail: string | undefined;
};

/** Long enough for a pipe that is still being emptied. */
const QUIET_OUTPUT_MS = 1000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Runs Codex with this process's own terminal and waits for it. Signals sent to this process reach Codex.
 *
 * @throws CaoError `codex_not_started` when the program cannot be run.
 */
export async function launchCodex(options: LaunchOptions): Promise<LaunchResult> {
  const child = spawn(options.binary, [...options.args], {
    env: options.env,
    ...(options.cwd === undefined ? {} : {cwd: options.cwd}),
    stdio: [
      options.input ? 'pipe' : 'inherit',
      stdoutOf(options),
      options.observe === 'stderr' ? 'pipe' : 'inherit',
    ],
    shell: needsShell(options.binary),
  });
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const tail = observe(child, options.observe);
  const stopFeeding = child.stdin ? options.input?.feed(child.stdin) : undefined;
  const signals = passSignalsTo(child);
  try {
    const exitCode = await exitOf(child, options.binary);
    return {exitCode, interrupted: signals.received(), outputTail: tail?.text()};
  } finally {
    stopFeeding?.();
    signals.stop();
  }
}

function stdoutOf({observe: observed, stdoutToStderr}: LaunchOptions): 'pipe' | 'inherit' | 2 {
  if (stdoutToStderr) return 2;
  return observed === 'stdout' ? 'pipe' : 'inherit';
}

function observe(child: ChildProcess, observed: Observed): OutputTail | undefined {
  if (observed === null) return undefined;
  const source = child[observed];
  if (!source) return undefined;
  const tail = new OutputTail();
  source.on('data', (chunk: Buffer) => tail.add(chunk));
  // A reader that went away (| head) must end Codex's output, not this process.
  process[observed].on('error', () => source.destroy());
  source.pipe(process[observed], {end: false});
  return tail;
}

/** Codex belongs to this process's group, so a Ctrl+C at the terminal has reached it already. */
function passSignalsTo(child: ChildProcess): {received: () => boolean; stop: () => void} {
  let received = false;
  const handlers = SIGNALS.map((signal) => {
    const handler = (): void => {
      received = true;
      const fromTerminal = (signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY;
      if (!fromTerminal) child.kill(signal);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return {received: () => received, stop: () => handlers.forEach((stop) => stop())};
}

function exitOf(child: ChildProcess, binary: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(
        new CaoError(`Codex could not be started (${binary}): ${messageOf(error)}`, {
          code: 'codex_not_started',
          suggestions: ['Check that it runs by itself: codex --version', 'Or say where it is: --codex PATH'],
          cause: error,
        }),
      );
    });
    // Not `exit`: the last bytes of an observed output may come after it. But a process that Codex left running may
    // hold that output open for good, so once it has been quiet for a while it is let go.
    child.once('exit', () => void releaseQuietOutput(child));
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 1)));
  });
}

async function releaseQuietOutput(child: ChildProcess): Promise<void> {
  const output = child.stdout ?? child.stderr;
  if (!output) return;
  let quietSince = performance.now();
  const onData = (): void => void (quietSince = performance.now());
  output.on('data', onData);
  while (!output.destroyed && !output.readableEnded) {
    if (!output.isPaused() && performance.now() - quietSince > QUIET_OUTPUT_MS) output.destroy();
    await sleep(QUIET_OUTPUT_MS / 4);
  }
}
