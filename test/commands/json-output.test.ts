import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';

import {loadSchemas} from '../../scripts/schema/load.js';
import {authJson, registerAccounts, writeData} from '../support/accounts.js';
import {cao} from '../support/cao.js';
import {caoInProcess} from '../support/in-process.js';
import {FIXTURES} from '../support/packages.js';
import {RolloutWriter} from '../support/rollouts.js';
import {Sandbox} from '../support/sandbox.js';
import {caoJson} from '../support/schema.js';
import {until} from '../support/until.js';

/** The schema that the value must follow, and the command. */
type Step = [schema: string, ...args: string[]];

/** What is there before a command of the story runs: two accounts with a thread, and a home with things to share. */
async function prepare(sandbox: Sandbox): Promise<void> {
  await registerAccounts(sandbox, ['alpha', 'beta']);
  const thread = RolloutWriter.begun('01a2054d-0000-7790-bf0d-3e89d8c89a0a', sandbox.home, 'paint the door');
  await thread.answers('done').write(sandbox.accountHome('alpha'));
  await writeData(sandbox, '../.codex/AGENTS.md', 'Be brief.');
  await writeData(sandbox, '../.codex/auth.json', authJson('mine'));
}

const STORIES: Record<string, Step[]> = {
  accounts: [
    ['add', 'add', 'gamma', '--no-login'],
    ['list', 'list'],
    ['list', 'list', '--details'],
    ['status', 'status'],
    ['report', 'report'],
    ['doctor', 'doctor', '--fix'],
    ['doctor', 'status', '--doctor'],
    ['report', 'status', '--report', 'json'],
    ['current', 'current'],
    ['switch', 'switch', 'beta'],
    ['rename', 'rename', 'beta', 'delta'],
    ['remove', 'remove', 'delta', '--force'],
  ],
  settings: [
    ['config-set', 'config', 'set', 'quota.patterns', '["budget gone"]'],
    ['config-get', 'config', 'get', 'quota.patterns'],
    ['config-unset', 'config', 'unset', 'quota.patterns'],
    ['config-list', 'config', 'list'],
  ],
  'threads and what accounts share': [
    ['threads', 'threads'],
    ['share', 'share', '--yes'],
    ['unshare', 'unshare', '--yes'],
  ],
  imports: [
    ['import', 'import'],
    ['import', 'import', 'codex-home'],
  ],
  'the route to the gateway': [
    ['gateway-status', 'gateway', 'status'],
    ['gateway-enable', 'gateway', 'enable'],
    ['gateway-disable', 'gateway', 'disable'],
  ],
  plugins: [
    ['plugins-link', 'plugins', 'link', join(FIXTURES, 'good')],
    ['plugins', 'plugins'],
    ['plugins-inspect', 'plugins', 'inspect', 'cao-fixture-good'],
    ['extensions', 'extensions'],
    ['plugins-update', 'plugins', 'update', 'cao-fixture-good'],
    ['plugins-uninstall', 'plugins', 'uninstall', 'cao-fixture-good'],
    ['plugins-install', 'plugins', 'install', join(FIXTURES, 'good'), '--yes'],
    ['plugins-reset', 'plugins', 'reset', '--yes'],
  ],
  'the demonstration': [['demo', 'demo']],
  errors: [
    ['error', 'switch', 'nobody'],
    ['error', 'list', '--no-such-flag'],
  ],
};

/** The stories whose commands start `cao` or npm themselves, and those that show how an error ends a process. */
const OWN_PROCESS = new Set(['plugins', 'the demonstration', 'errors']);

/** Told below: it runs beside the commands that ask after it. */
const GATEWAY = ['gateway-start', 'gateway-status', 'gateway-stop'];

describe('what commands print under --json', function () {
  this.timeout(120_000);

  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await prepare(sandbox);
  });
  afterEach(() => sandbox.remove());

  it('is held against every schema', async () => {
    const held = Object.values(STORIES).flatMap((steps) => steps.map(([schema]) => schema));
    assert.deepEqual([...new Set([...held, ...GATEWAY])].sort(), [...(await loadSchemas()).keys()].sort());
  });

  for (const [title, steps] of Object.entries(STORIES)) {
    it(`follows its schema: ${title}`, async () => {
      for (const [schema, ...args] of steps) {
        const run = OWN_PROCESS.has(title) ? cao : caoInProcess;
        // Without a Codex the demonstration is quick.
        await caoJson(sandbox, schema, args, {run, env: schema === 'demo' ? {PATH: '/usr/bin:/bin'} : {}});
      }
    });
  }

  it('follows its schema: a gateway that runs', async () => {
    const ran = caoJson(sandbox, 'gateway-start', ['gateway', 'start', '--port', '0']);
    const isUp = async (): Promise<boolean> =>
      (await readdir(sandbox.dataDir)).some((name) => name.endsWith('.pid'));
    await Promise.race([ran, until(isUp, 'the gateway to listen')]);
    const {value: status} = await caoJson(sandbox, 'gateway-status', ['gateway', 'status']);
    const {value: stopped} = await caoJson(sandbox, 'gateway-stop', ['gateway', 'stop']);
    const {url, pid} = status as {url: string; pid: number};
    assert.deepEqual(stopped, {url, stopped: true});
    assert.deepEqual((await ran).value, {url, pid});
  });
});
