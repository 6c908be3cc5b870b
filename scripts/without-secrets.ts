/**
 * Runs a command, shows its output as it comes, and fails where a secret is in it, whichever process has written it: tests, what
 * they start, and the reporter with what it quotes of failures.
 *
 *     tsx scripts/without-secrets.ts mocha --parallel …
 */
import {spawn} from 'node:child_process';

import {secretsIn} from '../test/support/secret-shapes.js';

const [program = '', ...args] = process.argv.slice(2);
const env = process.stdout.isTTY
  ? {...process.env, FORCE_COLOR: process.env['FORCE_COLOR'] ?? '1'}
  : process.env;
const child = spawn(program, args, {stdio: ['inherit', 'pipe', 'pipe'], env});
const chunks: Buffer[] = [];
for (const [from, to] of [
  [child.stdout, process.stdout],
  [child.stderr, process.stderr],
] as const)
  from.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    to.write(chunk);
  });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
child.on('close', (code) => {
  // Only now: a secret may have come in two pieces.
  const found = secretsIn(Buffer.concat(chunks).toString('latin1'));
  for (const secret of found.slice(0, 20))
    process.stderr.write(`In the output of this run there is ${secret}.\n`);
  process.exitCode = code !== 0 ? (code ?? 1) : found.length > 0 ? 1 : 0;
});
