import assert from 'node:assert/strict';
import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {registerAccounts} from '../support/accounts.js';
import {type CaoResult, cao} from '../support/cao.js';
import {Sandbox} from '../support/sandbox.js';

describe('cao run with a Codex of another version', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['work']);
  });
  afterEach(() => sandbox.remove());

  /** A stand-in that says its version, prints its arguments, and refuses what that version does not know. */
  async function codex(version: string, knowsNoDaemon: boolean): Promise<string> {
    const path = join(sandbox.home, 'codex');
    await rm(path, {force: true});
    const refuses = knowsNoDaemon ? 'false' : '[ "$word" = --no-daemon ]';
    const lines = [
      '#!/bin/sh',
      `[ "$1" = --version ] && { echo x >>${sandbox.home}/calls; echo codex-cli ${version}; exit 0; }`,
      `for word; do if ${refuses}; then echo "error: unexpected argument '$word'" >&2; exit 2; fi; done`,
      'echo "got: $*"',
    ];
    await writeFile(path, `${lines.join('\n')}\n`, {mode: 0o755});
    return path;
  }

  const run = async (program: string): Promise<CaoResult> => cao(sandbox, ['run', '--codex', program]);

  for (const [version, knowsNoDaemon] of [
    ['0.150.0', false],
    ['0.155.0', false],
    ['0.156.0', true],
    ['0.169.0', true],
  ] as const) {
    it(`opens the screen of ${version} ${knowsNoDaemon ? 'with' : 'without'} --no-daemon`, async () => {
      const {exitCode, stdout, stderr} = await run(await codex(version, knowsNoDaemon));
      assert.equal(exitCode, 0, stderr);
      assert.equal(stdout, knowsNoDaemon ? 'got: --no-daemon\n' : 'got: \n');
      assert.doesNotMatch(stderr, /older than/);
    });
  }

  it('asks a program its version once, and says once that it is too old', async () => {
    const program = await codex('0.149.0', false);
    const first = await run(program);
    assert.match(first.stderr, /Codex 0\.149\.0 is older than 0\.150\.0, the oldest that cao supports/);
    const second = await run(program);
    assert.equal(second.stdout, 'got: \n', second.stderr);
    assert.doesNotMatch(second.stderr, /older than/);
    assert.equal(await readFile(join(sandbox.home, 'calls'), 'utf8'), 'x\n');
  });
});
