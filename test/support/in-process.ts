import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

import {settings} from '@oclif/core/settings';
import {captureOutput} from '@oclif/test';

import {type CaoOptions, type CaoResult, PROJECT_ROOT} from './cao.js';
import type {Sandbox} from './sandbox.js';

/** Less than a test may take, so that a command that hangs is told of by its name. */
const LIMIT_MS = 45_000;

/** The command line that runs in this process now. */
let running: string | null = null;

/**
 * `cao` of cao.js without a process: for commands that neither own the terminal nor need a start of their own. The
 * built program runs here as bin/run.js has it run, in the sandbox's environment and folder.
 *
 * @throws Error when another one runs still: environment, folder and exit code are the process's.
 */
export async function caoInProcess(
  sandbox: Sandbox,
  args: readonly string[],
  {env = {}, cwd = sandbox.home}: Pick<CaoOptions, 'env' | 'cwd'> = {},
): Promise<CaoResult> {
  const commandLine = `cao ${args.join(' ')}`;
  if (running !== null) throw new Error(`"${commandLine}" cannot run in this process beside "${running}"`);
  running = commandLine;
  const restore = enter(sandbox.environment(env), cwd);
  try {
    const {result, error, stdout, stderr} = await captureOutput<number>(
      () => within(LIMIT_MS, commandLine, runBuilt(args)),
      {stripAnsi: false, testNodeEnv: 'production'},
    );
    if (error) throw error;
    return {exitCode: result ?? null, stdout, stderr};
  } finally {
    restore();
  }
}

async function runBuilt(args: readonly string[]): Promise<number> {
  try {
    // Else oclif looks for the sources of a program that runs where a TypeScript loader is.
    settings.enableAutoTranspile = false;
    const built = pathToFileURL(join(PROJECT_ROOT, 'dist', 'cli', 'main.js')).href;
    const {runCommandLine} = (await import(built)) as typeof import('../../src/cli/main.js');
    return await runCommandLine([...args], PROJECT_ROOT);
  } finally {
    // Only now, not when it was late: until then nothing else may run here.
    running = null;
  }
}

async function within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`"${what}" has not ended within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Puts this process where a new one would be. @returns what puts it back. */
function enter(environment: NodeJS.ProcessEnv, cwd: string): () => void {
  const before = {
    env: {...process.env},
    cwd: process.cwd(),
    exitCode: process.exitCode,
    console: {...console},
    terminals: [process.stdin, process.stdout, process.stderr].map((stream) => ({
      stream,
      isTTY: stream.isTTY,
    })),
  };
  replaceEnvironment(environment);
  process.chdir(cwd);
  process.exitCode = undefined;
  for (const {stream} of before.terminals) stream.isTTY = false;
  return () => {
    replaceEnvironment(before.env);
    process.chdir(before.cwd);
    process.exitCode = before.exitCode;
    // A command that prints JSON keeps the console off stdout for good.
    Object.assign(console, before.console);
    for (const {stream, isTTY} of before.terminals) stream.isTTY = isTTY;
  };
}

function replaceEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) {
    if (!(name in environment)) Reflect.deleteProperty(process.env, name);
  }
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined) process.env[name] = value;
  }
}
