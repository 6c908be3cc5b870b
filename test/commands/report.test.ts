import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';

import {registerAccounts} from '../support/accounts.js';
import {cao as caoProcess} from '../support/cao.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {assertMatchesSchema} from '../support/schema.js';
import {recordFailure} from '../support/ends.js';

describe('cao report', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['work', 'home']);
  });
  afterEach(() => sandbox.remove());

  it('is a Markdown table unless told otherwise', async () => {
    for (const flags of [[], ['--format', 'md'], ['--format', 'markdown']]) {
      const {stdout, exitCode} = await cao(sandbox, ['report', ...flags]);
      assert.equal(exitCode, 0);
      assert.match(
        stdout,
        /\| Account \| Default \| Login \| Token Expires \| Cooldown \| Last Quota \| Failures \|/,
      );
      assert.match(stdout, /\| work \| yes \| yes \|/);
    }
  });

  it('is what the schema promises as JSON', async () => {
    for (const flags of [['--format', 'json'], ['--json']]) {
      const {stdout} = await cao(sandbox, ['report', ...flags]);
      await assertMatchesSchema('report', JSON.parse(stdout));
    }
  });

  it('masks e-mail addresses in the page unless told not to, wherever they stand', async () => {
    await recordFailure(sandbox.store, 'work', 'work@example.test was refused');
    const {stdout: masked} = await caoProcess(sandbox, ['report', '--format', 'html']);
    assert.ok(!masked.includes('work@example.test'));
    assert.ok(masked.includes('w…@example.test'));
    const {stdout: whole} = await cao(sandbox, ['report', '--format', 'html', '--unmasked']);
    assert.ok(whole.includes('work@example.test'));
    assert.doesNotMatch(masked + whole, /eyJ|rt-of-the-account/);
  });

  it('is written to a file, or into a folder under a name of its own', async () => {
    const file = join(sandbox.home, 'page.html');
    const {stdout} = await cao(sandbox, ['report', '--format', 'html', '--output', file]);
    assert.equal(stdout, `Wrote ${file}\n`);
    assert.match(await readFile(file, 'utf8'), /^<!doctype html>/);
    if (process.platform !== 'win32') assert.equal((await stat(file)).mode & 0o777, 0o600);
    const folder = join(sandbox.home, 'reports');
    await mkdir(folder);
    const json = await cao(sandbox, ['report', '--output', folder, '--json']);
    await assertMatchesSchema('report', JSON.parse(json.stdout));
    assert.match((await readdir(folder)).join(), /^cao-report-\d{4}-\d\d-\d\d\.md$/);
  });

  it('says what is wrong with a format or a file', async () => {
    const format = await cao(sandbox, ['report', '--format', 'pdf']);
    assert.equal(format.exitCode, 2);
    assert.match(format.stderr, /markdown, json, html/);
    const output = await cao(sandbox, ['report', '--output', join(sandbox.home, 'no', 'such', 'file')]);
    assert.equal(output.exitCode, 1);
    assert.match(output.stderr, /cannot be written/);
  });
});
