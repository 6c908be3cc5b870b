import {dirname} from 'node:path';

import {Config} from '@oclif/core/config';
import {run} from '@oclif/core/run';

import {saveLoginsAtTheEnd} from '../accounts/save-logins.js';
import {printableLines} from '../files/text/printable.js';
import {reasonOf} from '../errors/index.js';
import {isOutputFailure, noteOutputFailures, stdoutFailure} from '../files/output-failure.js';
import {forgetSecrets, redact, redactValue} from '../files/text/redact.js';
import {addUserPlugins} from '../extensions/load-plugins.js';
import {type Ending, describeError, traceOf} from './error-envelope.js';

/**
 * Runs one command line and ends the process, explicitly and after its output is flushed: a hook of a plugin that
 * never settles must not end it early, nor a forgotten handle keep it alive.
 *
 * @param binFolder the folder of bin/run.js; the package root is above it.
 */
export async function main(argv: string[], binFolder: string): Promise<never> {
  noteOutputFailures();
  process.on('uncaughtException', (error) => {
    // A gateway deals with what is its own; what cannot be said must not keep a command from its work.
    if (isOutputFailure(error) || process.listenerCount('uncaughtException') > 1) return;
    crash ??= showFailure(error, argv);
    void crash.then(end);
  });
  return end(await runCommandLine(argv, dirname(binFolder)));
}

/** The showing of an error that nobody has caught, and its exit code. */
let crash: Promise<number> | null = null;

async function end(orderly: number): Promise<never> {
  await saveLoginsAtTheEnd((line) => process.stderr.write(`${line}\n`));
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Streams tell of what failed a moment later.
  await new Promise(setImmediate);
  const exit = (await crash) ?? orderly;
  const failure = stdoutFailure();
  if (failure === null) process.exit(exit);
  process.stderr.write(`Error: What there was to say could not be written: ${reasonOf(failure)}.\n`);
  process.exit(exit === 0 ? 1 : exit);
}

/**
 * Runs one command line of the package at `root`, and shows the error that it ends with.
 *
 * @returns the exit code.
 */
export async function runCommandLine(argv: string[], root: string): Promise<number> {
  forgetSecrets();
  try {
    const config = await Config.load({root, userPlugins: false});
    await addUserPlugins(config);
    await run(argv, config);
    return exitCodeSoFar();
  } catch (error) {
    return await showFailure(error, argv);
  }
}

async function showFailure(error: unknown, argv: readonly string[]): Promise<number> {
  const trace = traceOf(error);
  if (trace !== null) process.stderr.write(`${redact(trace)}\n`);
  return report(describeError(error), wantsJson(argv));
}

/** `process.exitCode` as a number: Node also takes numeric strings. */
function exitCodeSoFar(): number {
  return Number(process.exitCode ?? 0);
}

async function report({error, exit}: Ending, json: boolean): Promise<number> {
  if (error === null) return exit;
  if (json) {
    process.stdout.write(`${JSON.stringify(redactValue({error}), null, 2)}\n`);
  } else {
    // Loaded here: a command that succeeds does not pay for it.
    const [{errorText}, {lookOf}] = await Promise.all([
      import('../ui/error-text.js'),
      import('../ui/look.js'),
    ]);
    // Before lines are broken: what tells a secret may stand in front of it.
    const shown = (text: string): string => printableLines(redact(text));
    const plain = {message: shown(error.message), suggestions: error.suggestions.map(shown)};
    process.stderr.write(`${errorText(plain, lookOf(process.stderr, Date.now()).width)}\n`);
  }
  return exit;
}

/** Whether `--json` stands before a `--`, after which everything is Codex's. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // Nothing is written to find out: a full disk refuses even that.
    if (stream.destroyed || stream.writableEnded || stream.writableLength === 0) {
      resolve();
      return;
    }
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
