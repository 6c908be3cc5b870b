import {spawn} from 'node:child_process';
import {join} from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const CAO = join(ROOT, 'bin/run.js');

export type CaoResult = {exit: number | null; stdout: string; stderr: string};

/** Runs the built command line with exactly this environment. */
export function cao(args: readonly string[], env: NodeJS.ProcessEnv, input = ''): Promise<CaoResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CAO, ...args], {env});
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (exit) => resolve({exit, stdout, stderr}));
    child.stdin.end(input);
  });
}
