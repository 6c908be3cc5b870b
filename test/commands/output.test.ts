import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';

import {PROJECT_ROOT, cao} from '../support/cao.js';
import {Sandbox} from '../support/sandbox.js';
import {readJson} from '../support/files.js';

type ErrorValue = {error: {message: string; code: string; exit: number; suggestions: string[]}};

describe('what every command prints', () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await Sandbox.create();
  });

  after(() => sandbox.remove());

  it('gives errors as one JSON value under --json, without the configuration of oclif', async () => {
    const result = await cao(sandbox, ['list', '--no-such-flag', '--json']);
    assert.equal(result.exitCode, 2);
    const {error} = JSON.parse(result.stdout) as ErrorValue;
    assert.deepEqual(error, {
      message: 'There is no flag --no-such-flag of cao list.',
      code: 'usage',
      exit: 2,
      suggestions: ['All it takes: cao list --help'],
    });
    assert.equal(result.stderr, '');
  });

  it('calls a value that a flag cannot take wrong usage', async () => {
    const result = await cao(sandbox, ['run', '--max-passes', 'x', '--json']);
    assert.equal(result.exitCode, 2);
    const {error} = JSON.parse(result.stdout) as ErrorValue;
    assert.equal(error.code, 'usage');
    assert.equal(error.message, '"x" is not a value for --max-passes.');
  });

  it('says what to do next in plain errors, on stderr', async () => {
    const result = await cao(sandbox, ['use', 'nobody']);
    assert.deepEqual(result, {
      exitCode: 2,
      stdout: '',
      stderr:
        'Error: There is no account "nobody", nor any other yet.\n' +
        '  Add one: cao add NAME\n  Or take them over from another tool: cao import\n',
    });
  });

  it('treats an unknown command as wrong usage, suggests the nearest, and never asks', async () => {
    const plain = await cao(sandbox, ['curent']);
    assert.equal(plain.exitCode, 2);
    assert.match(plain.stderr, /Did you mean: cao current/);
    const json = JSON.parse((await cao(sandbox, ['nonsense', '--json'])).stdout) as ErrorValue;
    assert.equal(json.error.exit, 2);
    assert.deepEqual(json.error.suggestions, ['All commands: cao help']);
  });

  it('reads --json only before --, where everything is for Codex', async () => {
    const result = await cao(sandbox, ['run', '--codex', '/bin/true', '--', 'exec', '--json', 'hi']);
    assert.equal(result.stdout, '');
    assert.match(result.stderr, /^Error: There is no account yet\./m);
  });

  it('refuses Codex arguments without -- instead of guessing', async () => {
    const result = await cao(sandbox, ['run', 'exec', 'hi']);
    assert.equal(result.exitCode, 2);
    assert.match(result.stderr, /What is for Codex goes after "--": cao run -- exec hi/);
  });

  it('keeps warnings under --json: on stderr, and in the value', async () => {
    await sandbox.store.add('one');
    await writeFile(`${sandbox.dataDir}/settings.json`, '{"run.gateway": "perhaps"}');
    const result = await cao(sandbox, ['config', 'get', 'run.gateway', '--json']);
    const value = JSON.parse(result.stdout) as {value: boolean; warnings: string[]};
    assert.equal(value.value, false);
    assert.match(value.warnings[0] ?? '', /run\.gateway is not valid/);
    assert.match(result.stderr, /^Warning: settings\.json/);
  });

  it('shows help with examples for every command', async () => {
    const manifest = await readJson<{
      commands: Record<
        string,
        {
          summary?: string;
          examples?: unknown[];
          hidden?: boolean;
          args: Record<string, {ignoreStdin?: boolean}>;
        }
      >;
    }>(`${PROJECT_ROOT}/oclif.manifest.json`);
    for (const [id, command] of Object.entries(manifest.commands)) {
      assert.ok(command.summary, `${id} has a summary`);
      assert.ok((command.examples?.length ?? 0) > 0, `${id} has an example`);
    }
  });
});
