import {type ChildProcess, spawn} from 'node:child_process';
import {join} from 'node:path';

import type {Sandbox} from './sandbox.js';

export const PROJECT_ROOT = join(import.meta.dirname, '..', '..');
export const CAO = join(PROJECT_ROOT, 'bin', 'run.js');
/** The real Codex CLI. */
export const CODEX = join(PROJECT_ROOT, 'node_modules', '.bin', 'codex');

export type CaoResult = {exitCode: number | null; stdout: string; stderr: string};

export type CaoOptions = {
  env?: Record<string, string>;
  cwd?: string;
  /** Written to stdin, which is then closed; without it stdin is empty. */
  input?: string;
  /** Told the process, to send it signals. */
  onStart?: (child: ChildProcess) => void;
};

/** Runs the built `cao` as a user's script would: no terminal, output in pipes. */
export function cao(sandbox: Sandbox, args: readonly string[], options: CaoOptions = {}): Promise<CaoResult> {
  return execute(process.execPath, [CAO, ...args], sandbox, options);
}

/** {@link cao} with the real Codex on PATH. */
export function caoWithCodex(
  sandbox: Sandbox,
  args: readonly string[],
  options: CaoOptions = {},
): Promise<CaoResult> {
  return cao(sandbox, args, {...options, env: {...codexOnPath(), ...options.env}});
}

export function codexOnPath(): {PATH: string} {
  return {PATH: `${join(PROJECT_ROOT, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`};
}

export function execute(
  program: string,
  args: readonly string[],
  sandbox: Sandbox,
  {env = {}, cwd, input, onStart}: CaoOptions = {},
): Promise<CaoResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: cwd ?? sandbox.home,
      env: sandbox.environment(env),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const output = {stdout: '', stderr: ''};
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({exitCode, ...output}));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    onStart?.(child);
  });
}
