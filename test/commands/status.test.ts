import assert from 'node:assert/strict';
import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {AccountReport} from '../../src/contract/index.js';
import {registerAccounts, writeData} from '../support/accounts.js';
import {cao as caoProcess} from '../support/cao.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {assertMatchesSchema} from '../support/schema.js';
import {recordFailure, recordQuota} from '../support/ends.js';

const HOUR = 3_600_000;

async function statusJson(sandbox: Sandbox, run = cao): Promise<AccountReport[]> {
  const {exitCode, stdout, stderr} = await run(sandbox, ['status', '--json']);
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout) as AccountReport[];
}

describe('cao status', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(() => sandbox.remove());

  it('prints what the schema promises, null where nothing is known', async () => {
    await registerAccounts(sandbox, ['work', 'home']);
    await writeData(sandbox, 'registry.json', {default_account: 'home', accounts: ['work', 'home', 'bare']});
    const nowMs = Date.now();
    await recordQuota(sandbox.store, 'home', {
      untilMs: nowMs + HOUR,
    });
    await recordQuota(sandbox.store, 'work', {
      untilMs: nowMs + HOUR,
      limitId: 'gpt-x',
    });
    const accounts = await statusJson(sandbox);
    await assertMatchesSchema('status', accounts);
    assert.deepEqual(
      accounts.map(({name, isDefault, state}) => [name, isDefault, state]),
      [
        ['home', true, 'cooldown'],
        ['work', false, 'ready'],
        ['bare', false, 'needs-login'],
      ],
    );
    const [home, work, bare] = accounts;
    assert.equal(home!.email, 'home@example.test');
    assert.equal(home!.accountId, 'workspace-home');
    assert.ok(home!.cooldownRemainingMs! > HOUR - 60_000 && home!.cooldownRemainingMs! <= HOUR);
    assert.deepEqual(
      work!.modelCooldowns.map(({limitId}) => limitId),
      ['gpt-x'],
    );
    assert.deepEqual(
      [bare!.loggedIn, bare!.email, bare!.tokenExpiresAtMs, bare!.usage, bare!.lastAttemptAtIso],
      [false, null, null, null, null],
    );
  });

  it('never shows a token', async () => {
    await registerAccounts(sandbox, ['work']);
    await recordFailure(sandbox.store, 'work', 'refused rt-of-the-account-work and Bearer abcdefghijklmnop');
    for (const flags of [['--json'], ['--full'], ['--pretty'], ['--compact']]) {
      const {stdout, stderr} = await cao(sandbox, ['status', ...flags]);
      assert.doesNotMatch(stdout + stderr, /rt-of-the-account|eyJ|abcdefghijklmnop/, flags.join());
    }
  });

  it('is a line an account in a pipe, and a dashboard with --pretty', async () => {
    await registerAccounts(sandbox, ['work', 'home']);
    const piped = await cao(sandbox, ['status']);
    assert.match(piped.stdout, /^work \* {2}ready +-\nhome {4}ready +-\n$/);
    const compact = await cao(sandbox, ['status', '--compact']);
    assert.equal(compact.stdout, piped.stdout);
    const pretty = await cao(sandbox, ['status', '--pretty']);
    assert.match(pretty.stdout, /^2 accounts: 2 ready .*\nNext: work \(the default account\)\n/);
    assert.ok(!pretty.stdout.includes('\u001b'));
  });

  it('shows the usage that Codex wrote, and keeps it when the rollout is gone', async () => {
    await registerAccounts(sandbox, ['work']);
    const folder = join(sandbox.accountHome('work'), 'sessions', '2026', '11', '22');
    await mkdir(folder, {recursive: true});
    const rate_limits = {
      limit_id: 'codex',
      primary: {used_percent: 40, window_minutes: 300, resets_at: Math.floor(Date.now() / 1000) + 3600},
      secondary: {used_percent: 60, window_minutes: 10080, resets_at: Math.floor(Date.now() / 1000) + 86_400},
    };
    const event = {
      timestamp: new Date().toISOString(),
      type: 'event_msg',
      payload: {type: 'token_count', info: null, rate_limits},
    };
    const rollout = join(folder, 'rollout-a.jsonl');
    await writeFile(rollout, `${JSON.stringify(event)}\n`);
    const [first] = await statusJson(sandbox);
    assert.deepEqual([first!.usage?.source, first!.usage?.binding?.usedPercent], ['rollout', 60]);
    await writeFile(rollout, '');
    const [second] = await statusJson(sandbox);
    assert.deepEqual(second!.usage, first!.usage);
  });

  it('works on a data folder that it may not write', async function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) this.skip();
    await registerAccounts(sandbox, ['work']);
    await chmod(sandbox.dataDir, 0o500);
    try {
      assert.equal((await statusJson(sandbox)).length, 1);
    } finally {
      await chmod(sandbox.dataDir, 0o700);
    }
  });

  it('says how to begin when there is no account', async () => {
    assert.match((await cao(sandbox, ['status'])).stdout, /cao add NAME/);
    assert.deepEqual(await statusJson(sandbox), []);
  });

  it('refuses flags that exclude each other, and --watch without a terminal', async () => {
    assert.equal((await cao(sandbox, ['status', '--full', '--compact'])).exitCode, 2);
    assert.equal((await cao(sandbox, ['status', '--force'])).exitCode, 2);
    const watch = await cao(sandbox, ['status', '--watch']);
    assert.equal(watch.exitCode, 2);
    assert.match(watch.stderr, /terminal/);
  });

  it('gives the diagnosis and the report by its other doors', async () => {
    await registerAccounts(sandbox, ['work']);
    const doctor = await cao(sandbox, ['status', '--doctor', '--json']);
    await assertMatchesSchema('doctor', JSON.parse(doctor.stdout));
    const report = await cao(sandbox, ['status', '--report']);
    assert.match(report.stdout, /\| work \| yes \|/);
    await assertMatchesSchema(
      'report',
      JSON.parse((await cao(sandbox, ['status', '--report', 'json'])).stdout),
    );
    assert.equal((await cao(sandbox, ['status', '--report', 'nothing'])).exitCode, 2);
  });

  it('takes for 200 accounts less than 2.5 times as long as for two', async function () {
    this.timeout(120_000);
    const large = await Sandbox.create();
    try {
      await registerAccounts(sandbox, ['a', 'b']);
      const names = Array.from({length: 200}, (_, at) => `account-${at}`);
      await registerAccounts(large, names);
      const ratios: number[] = [];
      // In pairs, so that what else the machine does falls on both; the best pair counts.
      for (let round = 0; round < 4; round++) {
        const two = await timed(() => statusJson(sandbox, caoProcess));
        const many = await timed(async () => assert.equal((await statusJson(large, caoProcess)).length, 200));
        ratios.push(many / two);
      }
      assert.ok(Math.min(...ratios) < 2.5, `ratios ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`);
    } finally {
      await large.remove();
    }
  });
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
