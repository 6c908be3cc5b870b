import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {
  badRequest,
  dead,
  overloaded,
  quota,
  unauthorized,
  workspaceLimit,
} from '../../src/simulator/index.js';
import {writeData} from '../support/accounts.js';
import {CODEX, execute} from '../support/cao.js';
import {withoutCodexNoise} from '../support/codex-output.js';
import {World} from '../support/world.js';
import {recordQuota, recordSuccess} from '../support/ends.js';

describe('cao run with the real Codex', () => {
  let world: World;

  afterEach(() => world.close());

  it('goes on with the next account when the quota of the first is gone', async () => {
    world = await World.create('alpha', 'beta');
    const resetsAt = Math.floor(Date.now() / 1000) + 7200;
    world.simulator.account('alpha').fail(quota({resetsAt}));

    const result = await world.exec(['say: hello from here']);

    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(result.stdout, 'hello from here\n');
    const ours = result.stderr.split('\n').filter((line) => /^(Using account|Quota exhausted)/.test(line));
    assert.deepEqual(ours, [
      'Using account: alpha',
      'Quota exhausted on alpha. Falling back to: beta',
      'Using account: beta',
    ]);
    assert.deepEqual(world.asked, ['alpha', 'beta']);
    const [alpha, beta] = await world.sandbox.store.accounts();
    assert.equal(alpha?.status.cooldownUntilMs, resetsAt * 1000);
    assert.ok(alpha.status.lastQuotaAtMs);
    assert.equal(beta?.status.cooldownUntilMs, null);
    assert.ok(beta.status.lastSuccessAtMs);
  });

  it('passes an account over in the next run while it cools down, and uses it again afterwards', async () => {
    world = await World.create('alpha', 'beta');
    await recordQuota(world.sandbox.store, 'alpha', {
      untilMs: Date.now() + 60_000,
    });
    assert.equal((await world.exec(['say: one'])).exitCode, 0);
    assert.deepEqual(world.asked, ['beta']);

    await world.sandbox.store.status.update(['alpha'], (status) => ({
      ...status,
      cooldownUntilMs: Date.now() - 1,
    }));
    assert.equal((await world.exec(['say: two'])).exitCode, 0);
    assert.deepEqual(world.asked, ['beta', 'alpha']);
  });

  it('returns 75 with the earliest reset when every account is out, then after asking once whether they still are', async () => {
    world = await World.create('alpha', 'beta');
    world.simulator.account('alpha').fail(quota({resetsInSeconds: 7200}));
    world.simulator.account('beta').fail(quota({resetsInSeconds: 3600}));

    const result = await world.exec(['hi']);
    assert.equal(result.exitCode, 75);
    assert.match(
      result.stderr,
      /Every account is out of quota\. The earliest reset: beta at .*\(in (1 h 00|59) min\)/,
    );

    const asked = world.asked.length;
    const question = /Every account is out of quota\. Asking the backend whether that still holds\./;
    assert.doesNotMatch(result.stderr, question);
    for (const [run, expected] of [
      ['the next run', ['alpha', 'beta']],
      ['one minutes later', []],
    ] as const) {
      const before = world.simulator.requests.length;
      const next = await world.exec(['hi']);
      assert.equal(next.exitCode, 75, next.stderr);
      assert.match(next.stderr, /The earliest reset: beta at/);
      assert.equal(question.test(next.stderr), expected.length > 0, run);
      const usage = world.simulator.requests.slice(before).filter(({route}) => route === 'usage');
      assert.deepEqual(
        usage.map(({account}) => account),
        expected,
      );
    }
    assert.equal(world.asked.length, asked);
  });

  it('cools down every account of a workspace whose limit is reached', async () => {
    world = await World.create(
      {name: 'one', workspaceId: 'shared'},
      {name: 'two', workspaceId: 'shared'},
      'other',
    );
    world.simulator.account('one').fail(workspaceLimit());

    const result = await world.exec(['say: fine']);

    assert.equal(result.exitCode, 0, result.stderr);
    assert.deepEqual(world.asked, ['one', 'other']);
    const [one, two, other] = await world.sandbox.store.accounts();
    assert.ok((one?.status.cooldownUntilMs ?? 0) > Date.now());
    assert.equal(two?.status.cooldownUntilMs, one?.status.cooldownUntilMs);
    assert.equal(other?.status.cooldownUntilMs, null);
  });

  for (const [what, failure] of [
    ['a refused prompt', badRequest('invalid_prompt')],
    ['a prompt against the policy', badRequest('cyber_policy')],
    ['too long a context', badRequest('context_length_exceeded')],
  ] as const) {
    it(`does not fall back on ${what}`, async () => {
      world = await World.create('alpha', 'beta');
      world.simulator.account('alpha').fail(failure);
      const result = await world.exec(['hi']);
      assert.equal(result.exitCode, 1);
      assert.ok(!world.asked.includes('beta'));
      assert.doesNotMatch(result.stderr, /Falling back to: /);
      const [alpha] = await world.sandbox.store.accounts();
      assert.equal(alpha?.status.cooldownUntilMs, null);
    });
  }

  it('quarantines an account that the backend calls dead, and passes it over from then on', async () => {
    world = await World.create('alpha', 'beta');
    world.simulator.account('alpha').fail(dead('codex_workspace_access_denied'));
    const first = await world.exec(['hi']);
    assert.equal(first.exitCode, 1);
    assert.match(first.stderr, /alpha is quarantined now \(codex_workspace_access_denied\)/);
    assert.ok(!world.asked.includes('beta'));
    const second = await world.exec(['say: ok']);
    assert.equal(second.exitCode, 0, second.stderr);
    assert.match(second.stderr, /Skipping alpha \(quarantined\): codex_workspace_access_denied/);
  });

  it('does not fall back on an overloaded backend', async () => {
    world = await World.create('alpha', 'beta');
    world.simulator.account('alpha').fail(overloaded());
    const result = await world.exec(['hi']);
    assert.equal(result.exitCode, 1);
    assert.ok(!world.asked.includes('beta'));
  });

  it('runs what needs no quota while every account is out', async () => {
    world = await World.create('alpha', 'beta');
    for (const name of ['alpha', 'beta'])
      await recordQuota(world.sandbox.store, name, {untilMs: Date.now() + 60_000});
    for (const args of [['--version'], ['exec', '--help'], ['login', 'status']]) {
      const {exitCode, stderr} = await world.cao(['run', '--gateway', '--', ...args]);
      assert.equal(exitCode, 0, stderr);
      assert.doesNotMatch(stderr, /gateway/);
    }
    const [alpha] = await world.sandbox.store.accounts();
    assert.equal(alpha?.status.lastAttemptAtMs, null);
  });

  it('does not fall back on a wrong flag, and returns the exit code of Codex', async () => {
    world = await World.create('alpha', 'beta');
    const result = await world.cao(['run', '--', 'exec', '--no-such-flag']);
    assert.equal(result.exitCode, 2);
    assert.match(result.stderr, /unexpected argument '--no-such-flag'/);
    assert.doesNotMatch(result.stderr, /beta/);
  });

  it('takes an answer that talks about usage limits and quota for what it is', async () => {
    world = await World.create('alpha', 'beta');
    const result = await world.exec(["say: You've hit your usage limit. ERROR: quota exceeded"]);
    assert.equal(result.exitCode, 0);
    assert.deepEqual(world.asked, ['alpha']);
    const [alpha] = await world.sandbox.store.accounts();
    assert.equal(alpha?.status.lastQuotaAtMs, null);
  });

  it('sees a quota that left no rollout behind by the wording of the error', async () => {
    world = await World.create('alpha', 'beta');
    world.simulator.account('alpha').fail(quota());
    for (const flags of [['--ephemeral'], ['--ephemeral', '--json']]) {
      await recordSuccess(world.sandbox.store, 'alpha');
      const result = await world.exec([...flags, 'say: fine']);
      assert.equal(result.exitCode, 0, result.stderr);
      assert.match(result.stderr, /Quota exhausted on alpha\. Falling back to: beta/);
    }
  });

  it('stays with Codex and its exit code under --no-fallback', async () => {
    world = await World.create('alpha', 'beta');
    world.simulator.account('alpha').fail(quota());
    const result = await world.exec(['hi'], {flags: ['--no-fallback']});
    assert.equal(result.exitCode, 1);
    assert.deepEqual(world.asked, ['alpha']);
    const [alpha] = await world.sandbox.store.accounts();
    assert.ok((alpha?.status.cooldownUntilMs ?? 0) > Date.now(), 'the cooldown is still recorded');
  });

  it('names the accounts where --account names none', async () => {
    world = await World.create('alpha', 'beta');
    const unknown = await world.exec(['hi'], {flags: ['--account', 'gamma']});
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /The accounts are: alpha, beta/);
  });

  it('waits for the earliest reset under --wait and goes on', async () => {
    world = await World.create('alpha');
    world.simulator.account('alpha').fail(quota({resetsInSeconds: 3}), {times: 1});
    const result = await world.exec(['say: after the wait'], {flags: ['--wait', '1m', '--max-passes', '1']});
    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(result.stdout, 'after the wait\n');
    assert.equal(result.stderr.match(/Waiting for alpha until/g)?.length, 1);
  });

  it('gives up with 75 when the reset is further away than --wait allows', async () => {
    world = await World.create('alpha');
    world.simulator.account('alpha').fail(quota({resetsInSeconds: 3600}));
    const result = await world.exec(['hi'], {flags: ['--wait', '1s']});
    assert.equal(result.exitCode, 75);
    assert.match(result.stderr, /That is beyond --wait\./);
    assert.match(result.stderr, /Wait for it: cao run --wait=2h -- exec --skip-git-repo-check hi\n/);
    assert.doesNotMatch(result.stderr, /Waiting for/);
  });

  it('gives up with commands that can be typed as they are', async () => {
    world = await World.create('alpha', 'beta');
    const {store} = world.sandbox;
    const atMs = Date.now();
    const resetsAtMs = atMs + 3_600_000;
    await writeData(world.sandbox, 'gateway.json', {reserve: {beta: 100}});
    const windows = [{limitId: 'codex', usedPercent: 0, windowMinutes: 300, resetsAtMs}];
    await store.usage.record([{account: 'beta', source: 'live', atMs, windows, credits: null, plan: null}]);
    await recordQuota(store, 'alpha', {untilMs: resetsAtMs});
    // Else the backend would be asked.
    for (const name of ['alpha', 'beta']) await store.usage.recordPoll(name, Date.now() + 1);
    const {exitCode, stderr} = await world.exec(['two words'], {flags: ['--wait', '1s', '--retry-delay=0']});
    assert.equal(exitCode, 75, stderr);
    const rest = "-- exec --skip-git-repo-check 'two words'";
    assert.deepEqual(stderr.split('\n').slice(1, 3), [
      `  beta is reserved. Use it all the same: cao run --wait 1s --retry-delay=0 --account=beta ${rest}`,
      `  Wait for it: cao run --retry-delay=0 --wait=2h ${rest}`,
    ]);
  });

  it('skips an account that needs a login with one line that says so', async () => {
    world = await World.create('alpha', 'beta');
    await writeFile(join(world.sandbox.accountHome('alpha'), 'auth.json'), '{}');
    const result = await world.exec(['say: ok']);
    assert.equal(result.exitCode, 0, result.stderr);
    assert.deepEqual(
      result.stderr.split('\n').filter((line) => line.includes('alpha')),
      ['Skipping alpha (needs-login): not logged in. Log in: cao add alpha'],
    );
    assert.deepEqual(world.asked, ['beta']);
  });

  it('remembers a login that the backend refuses and skips the account from then on', async () => {
    world = await World.create('alpha', 'beta');
    const alpha = world.simulator.account('alpha');
    alpha.fail(unauthorized('token_revoked'), {at: 'every'});
    alpha.refreshFailures.push(...Array.from({length: 20}, () => unauthorized('token_revoked')));
    const first = await world.exec(['hi']);
    assert.equal(first.exitCode, 1);
    assert.match(first.stderr, /alpha is needs-login now \(.*\): cao add alpha/);
    const second = await world.exec(['say: ok']);
    assert.equal(second.exitCode, 0, second.stderr);
    assert.match(second.stderr, /Skipping alpha/);
    assert.deepEqual([...new Set(world.asked)].at(-1), 'beta');
  });

  it('keeps two runs at the same time in the same folder apart', async () => {
    world = await World.create('alpha', 'beta');
    // Only the prompt "unlucky" meets the quota; the other thread of the same home goes on undisturbed.
    world.simulator.account('alpha').fail(quota(), {
      when: ({body}) => JSON.stringify(body).includes('unlucky'),
    });
    const [unlucky, lucky] = await Promise.all([
      world.exec(['say: unlucky']),
      world.exec(['say: fortunate']),
    ]);
    assert.equal(unlucky.stdout, 'unlucky\n', unlucky.stderr);
    assert.match(unlucky.stderr, /Falling back to: beta/);
    assert.equal(lucky.stdout, 'fortunate\n', lucky.stderr);
    assert.doesNotMatch(lucky.stderr, /Falling back to: /);
  });

  it('hands arguments after -- to Codex untouched, and drops a leading "codex"', async () => {
    world = await World.create('alpha');
    const prompt = `say: it's "quoted"  $HOME \\n *  naïve 日本語 --json`;
    const result = await world.cao(['run', '--', 'codex', 'exec', '--skip-git-repo-check', prompt]);
    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(result.stdout, `${prompt.slice('say: '.length)}\n`);
  });

  it('gives Codex stdin, and a clean environment with the home of the account', async () => {
    world = await World.create('alpha');
    const result = await world.exec(['-'], {
      input: 'say: from stdin',
      env: {OPENAI_API_KEY: 'sk-other', CODEX_API_KEY: 'x'},
    });
    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(result.stdout, 'from stdin\n');
    assert.deepEqual(world.asked, ['alpha']);

    const printsEnvironment = join(world.sandbox.home, 'codex');
    await writeFile(printsEnvironment, '#!/bin/sh\nenv\n', {mode: 0o755});
    const env = await world.cao(['run', '--codex', printsEnvironment], {
      env: {OPENAI_API_KEY: 'sk-other', CODEX_ACCESS_TOKEN: 'y', KEPT: 'yes'},
    });
    assert.match(env.stdout, new RegExp(`^CODEX_HOME=${world.sandbox.accountHome('alpha')}$`, 'm'));
    assert.match(env.stdout, /^KEPT=yes$/m);
    assert.doesNotMatch(env.stdout, /OPENAI_API_KEY|CODEX_ACCESS_TOKEN/);
  });

  it('gives piped input to the next account from its beginning', async () => {
    world = await World.create('alpha', 'beta');
    world.simulator.account('alpha').fail(quota());
    const result = await world.exec(['-'], {input: `say: ${'piped '.repeat(20_000)}end`});
    assert.equal(result.exitCode, 0, result.stderr.slice(-500));
    assert.equal(result.stdout, `${'piped '.repeat(20_000)}end\n`);
    assert.deepEqual(world.asked, ['alpha', 'beta']);
  });

  it('passes the output of codex exec on byte for byte', async () => {
    world = await World.create('alpha');
    const args = ['exec', '--skip-git-repo-check', '--color', 'always', 'words: 200'];
    const direct = await execute(CODEX, args, world.sandbox, {
      env: {...world.env, CODEX_HOME: world.sandbox.accountHome('alpha')},
    });
    const through = await world.cao(['run', '--', ...args]);
    assert.equal(through.stdout, direct.stdout);
    assert.equal(comparable(through.stderr.replace('Using account: alpha\n', '')), comparable(direct.stderr));
  });

  for (const [signal, exitCode] of [
    ['SIGINT', 1],
    ['SIGTERM', 143],
  ] as const) {
    it(`brings ${signal} to Codex and returns its exit code, without a fallback`, async () => {
      world = await World.create('alpha', 'beta');
      const hold = world.simulator.account('alpha').hold();
      const result = await world.exec(['hi'], {
        onStart: (child) => {
          void hold.reached.then(() => child.kill(signal));
        },
      });
      assert.equal(result.exitCode, exitCode, result.stderr);
      assert.doesNotMatch(result.stderr, /Falling back to: /);
      assert.ok(!world.asked.includes('beta'));
    });
  }
});

/** Without what differs from run to run: ids, numbers, and Codex's talk of its caches. */
function comparable(stderr: string): string {
  return withoutCodexNoise(stderr)
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/[\d,.]+/g, '#');
}
