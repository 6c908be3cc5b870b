import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {Diagnosis} from '../../src/contract/index.js';
import {authJson} from '../support/accounts.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {assertMatchesSchema} from '../support/schema.js';

type Case = {
  what: string;
  store: string | null;
  hasFile: boolean;
  /** Whether import, doctor and gateway enable say that the login is elsewhere. */
  told: boolean;
};

const CASES: Case[] = [
  {what: 'auth.json by default', store: null, hasFile: true, told: false},
  {what: 'auth.json', store: 'file', hasFile: true, told: false},
  {what: 'auth.json, where nobody is logged in', store: 'file', hasFile: false, told: false},
  {what: 'the keyring', store: 'keyring', hasFile: false, told: true},
  {what: 'memory', store: 'ephemeral', hasFile: false, told: true},
  {
    what: 'the keyring where there is one',
    store: 'auto',
    hasFile: false,
    told: true,
  },
  {
    what: 'auth.json for want of a keyring',
    store: 'auto',
    hasFile: true,
    told: false,
  },
];

describe("a user's own login", () => {
  let sandbox: Sandbox;
  beforeEach(async () => (sandbox = await Sandbox.create()));
  afterEach(() => sandbox.remove());

  for (const each of CASES) {
    it(`that Codex keeps in ${each.what} is ${each.told ? 'told to be out of reach' : 'read'}`, async () => {
      const home = join(sandbox.home, '.codex');
      await mkdir(home);
      const line = each.store === null ? '' : `cli_auth_credentials_store = "${each.store}"\n`;
      await writeFile(join(home, 'config.toml'), line);
      if (each.hasFile) await writeFile(join(home, 'auth.json'), JSON.stringify(authJson('ann')));
      const elsewhere = /Codex keep the login outside auth\.json \(cli_auth_credentials_store = /;

      const imported = await cao(sandbox, ['import', 'codex-home', '--dry-run']);
      assert.equal(elsewhere.test(imported.stderr), each.told, imported.stderr);
      assert.equal(imported.exitCode, each.told ? 1 : 0);

      const doctor = await cao(sandbox, ['doctor', '--json']);
      const {issues} = JSON.parse(doctor.stdout) as Diagnosis;
      const found = issues.find(({code}) => code === 'login_elsewhere');
      assert.equal(elsewhere.test(found?.message ?? ''), each.told);

      const enabled = await cao(sandbox, ['gateway', 'enable', '--json']);
      const result = JSON.parse(enabled.stdout) as {loginStore: string | null};
      await assertMatchesSchema('gateway-enable', result);
      assert.equal(result.loginStore, each.told ? each.store : null);
      assert.equal(elsewhere.test(enabled.stderr), each.told);
      assert.equal(/has no login, so the gateway/.test(enabled.stderr), !each.told && !each.hasFile);
    });
  }
});
