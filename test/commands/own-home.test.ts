import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {Diagnosis} from '../../src/contract/index.js';
import type {ImportResult} from '../../src/import/import-accounts.js';
import {authJson, registerAccounts} from '../support/accounts.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';

/** Every command that looks at the user's own Codex home looks where CODEX_HOME says, and at `~/.codex` without it. */
describe("the user's own Codex home in the commands", () => {
  let sandbox: Sandbox;
  let elsewhere: string;
  let usual: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    elsewhere = join(sandbox.home, 'elsewhere');
    usual = join(sandbox.home, '.codex');
    await registerAccounts(sandbox, ['work']);
    for (const [home, name] of [
      [elsewhere, 'there'],
      [usual, 'here'],
    ] as const) {
      await mkdir(home, {recursive: true});
      await writeFile(join(home, 'AGENTS.md'), `of ${name}`);
      await writeFile(join(home, 'auth.json'), JSON.stringify(authJson(name)));
    }
  });
  afterEach(() => sandbox.remove());

  for (const [what, variable, expected] of [
    ['CODEX_HOME', () => elsewhere, () => ({home: elsewhere, name: 'there'})],
    ['an empty CODEX_HOME', () => '', () => ({home: usual, name: 'here'})],
  ] as const) {
    it(`is what share links from, with ${what}`, async () => {
      const env = {CODEX_HOME: variable()};
      const {exitCode, stderr} = await cao(sandbox, ['share', '--yes'], {env});
      assert.equal(exitCode, 0, stderr);
      const shared = await readFile(join(sandbox.accountHome('work'), 'AGENTS.md'), 'utf8');
      assert.equal(shared, `of ${expected().name}`);
    });

    it(`is what import reads, with ${what}`, async () => {
      const env = {CODEX_HOME: variable()};
      const {exitCode, stdout} = await cao(sandbox, ['import', 'codex-home', '--json'], {env});
      assert.equal(exitCode, 0);
      const {accounts} = JSON.parse(stdout) as ImportResult;
      assert.deepEqual(
        accounts.map((account) => account.name),
        [expected().name],
      );
    });

    it(`is what doctor compares the accounts with, with ${what}`, async () => {
      const {home, name} = expected();
      await writeFile(join(sandbox.accountHome('work'), 'auth.json'), JSON.stringify(authJson(name)));
      const {stdout} = await cao(sandbox, ['doctor', '--json'], {env: {CODEX_HOME: variable()}});
      const {issues} = JSON.parse(stdout) as Diagnosis;
      const doubled = issues.filter(({code}) => code === 'refresh_token_shared');
      assert.equal(doubled.length, 1);
      assert.ok(doubled[0]?.message.includes(home), doubled[0]?.message);
    });
  }
});
