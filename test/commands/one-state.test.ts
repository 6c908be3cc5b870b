import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {registerAccounts} from '../support/accounts.js';
import {caoInProcess} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';

type Shown = {name: string; state: string};

/** Every command that tells of accounts, and where in its answer they are. */
const VIEWS: [args: string[], accountsIn: (answer: unknown) => Shown[]][] = [
  [['list', '--json'], (answer) => answer as Shown[]],
  [['gateway', 'status', '--json'], (answer) => (answer as {accounts: Shown[]}).accounts],
  [['status', '--json'], (answer) => answer as Shown[]],
  [['report', '--format', 'json'], (answer) => (answer as {accounts: Shown[]}).accounts],
];

describe('the state of an account', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['work']);
  });
  afterEach(() => sandbox.remove());

  for (const [args, accountsIn] of VIEWS) {
    it(`follows what a plain codex has written, in cao ${args.join(' ')}`, async () => {
      const folder = join(sandbox.accountHome('work'), 'sessions', '2026', '11', '25');
      await mkdir(folder, {recursive: true});
      const resetsAt = Math.floor(Date.now() / 1000) + 3600;
      const primary = {used_percent: 100, window_minutes: 300, resets_at: resetsAt};
      const payload = {type: 'token_count', rate_limits: {limit_id: 'codex', primary, secondary: null}};
      const count = {timestamp: new Date().toISOString(), type: 'event_msg', payload};
      const file = 'rollout-2026-11-25T10-00-00-01a2054d-0000-7790-bf0d-3e89d8c89a0a.jsonl';
      await writeFile(join(folder, file), `${JSON.stringify(count)}\n`);

      const {stdout, stderr} = await caoInProcess(sandbox, args);
      const states = accountsIn(JSON.parse(stdout)).map(({name, state}) => `${name}: ${state}`);
      assert.deepEqual(states, ['work: used-up'], stderr);
    });
  }
});
