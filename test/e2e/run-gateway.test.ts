import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {afterLogin} from '../../src/accounts/data/status-file.js';
import type {AccountReport} from '../../src/contract/index.js';
import {quota} from '../../src/simulator/index.js';
import {CAO, codexOnPath} from '../support/cao.js';
import {threadOf} from '../support/codex-output.js';
import {World} from '../support/world.js';
import {Terminal} from '../support/tmux.js';

describe('cao run --gateway with the real Codex', function () {
  this.timeout(90_000);

  let world: World;

  beforeEach(async () => {
    world = await World.create('alpha', 'beta');
    await world.leaveGatewayToRuns();
  });

  afterEach(() => world.close());

  it('moves to the next account in the middle of the work, in one Codex process', async () => {
    world.simulator.account('alpha').fail(quota(), {from: 2});
    const result = await world.exec(['-s', 'danger-full-access', 'shell: echo one >>steps; cat steps'], {
      flags: ['--gateway'],
    });
    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(result.stdout, 'Done: one\n');
    assert.deepEqual(world.asked, ['alpha', 'alpha', 'beta']);
    assert.equal(result.stderr.match(/^session id/gm)?.length, 1);
    assert.match(result.stderr, /Using the gateway at http:\/\/127\.0\.0\.1:\d+, in the home of alpha/);
    const [alpha] = await world.sandbox.store.accounts();
    assert.ok((alpha?.status.cooldownUntilMs ?? 0) > Date.now());
    // The rollout lies in alpha's home and ends with beta's figures: they are no news of alpha.
    const status = JSON.parse((await world.cao(['status', '--json'])).stdout) as AccountReport[];
    assert.deepEqual(
      status.map(({name, state, usage}) => [name, state, usage?.binding?.usedPercent === 100]),
      [
        ['alpha', 'cooldown', true],
        ['beta', 'ready', false],
      ],
    );
  });

  it('goes on with a thread that moved inside the gateway, directly and on either account', async () => {
    world.simulator.account('alpha').fail(quota({resetsInSeconds: 1}), {from: 2, times: 1});
    const first = await world.exec(['shell: echo hello'], {flags: ['--gateway']});
    assert.equal(first.exitCode, 0, first.stderr);
    const id = threadOf(first.stderr);
    await world.sandbox.store.status.update(['alpha'], afterLogin);
    for (const account of ['alpha', 'beta']) {
      const result = await world.cao([
        ...['run', '--account', account, '--no-fallback', '--', 'exec', '--skip-git-repo-check'],
        ...['resume', id, 'recall'],
      ]);
      assert.equal(result.exitCode, 0, `${account}: ${result.stderr}`);
      assert.match(result.stdout, /shell: echo hello/);
    }
  });

  it('returns 75 with the earliest reset when the gateway has no account left', async () => {
    world.simulator.account('alpha').fail(quota({resetsInSeconds: 7200}));
    world.simulator.account('beta').fail(quota({resetsInSeconds: 3600}));
    const result = await world.exec(['hi'], {flags: ['--gateway']});
    assert.equal(result.exitCode, 75, result.stderr);
    assert.match(result.stderr, /You’ve hit your usage limit|usage limit/);
    assert.match(result.stderr, /The earliest reset: beta/);
  });

  it('trusts the certificates that Codex trusts, over HTTP and WebSocket', async () => {
    await world.leaveGatewayToRuns(`${world.simulator.chatgptBaseUrl}/codex`);
    for (const webSocket of [true, false]) {
      world.simulator.setWebSocket(webSocket);
      const result = await world.exec(['say: trusted'], {flags: ['--gateway']});
      assert.equal(result.stdout, 'trusted\n', result.stderr);
    }
  });

  it('forwards to the backend of the homes where nothing else is said, if they name one', async () => {
    await writeFile(world.sandbox.store.folder.gatewayFile, JSON.stringify({port: 1}));
    const through = await world.exec(['say: hello'], {flags: ['--gateway']});
    assert.equal(through.stdout, 'hello\n', through.stderr);
    assert.match(through.stderr, /Using the gateway at/);
    const config = join(world.sandbox.accountHome('beta'), 'config.toml');
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace(/^chatgpt_base_url.*$/m, 'chatgpt_base_url = "https://other.test"'));
    const directly = await world.exec(['say: hello'], {flags: ['--gateway']});
    assert.equal(directly.stdout, 'hello\n', directly.stderr);
    assert.match(directly.stderr, /Not through the gateway: the accounts name several backends/);
  });

  it('keeps the screen while the account changes below it', async () => {
    const terminal = await Terminal.open(world.sandbox, {...world.env, ...codexOnPath()});
    try {
      world.simulator.account('alpha').fail(quota(), {from: 2});
      await terminal.type(`${process.execPath} ${CAO} run --gateway`);
      if (/trust/i.test(await terminal.waitFor(/trust|OpenAI Codex \(v/i))) await terminal.press('Enter');
      await terminal.waitFor(/OpenAI Codex/);
      await terminal.prompt('say: before the switch', /• before the switch/);
      const screen = await terminal.prompt('say: after the switch', /• after the switch/);
      assert.match(screen, /• before the switch/);
      assert.doesNotMatch(screen, /usage limit|error/i);
      assert.deepEqual(world.asked, ['alpha', 'alpha', 'beta']);
    } finally {
      await terminal.close();
    }
  });
});

describe('cao run --gateway for a model that only some accounts have', function () {
  this.timeout(180_000);

  it('waits for the one that has it, and not for another that could be asked', async () => {
    const [model, other] = ['gpt-6.1-sol', 'gpt-5.5'];
    const world = await World.create(
      {name: 'alpha', models: [other]},
      {name: 'beta', models: [other, model]},
    );
    try {
      await world.leaveGatewayToRuns();
      const rule = world.simulator.account('beta').fail(quota({resetsInSeconds: 3}), {times: 1});
      const result = await world.exec(['-m', model, 'say: in the end'], {
        // On a machine that is busy the reset is past before it is read: it is a minute from then on.
        flags: ['--gateway', '--wait', '2m'],
      });
      assert.equal(result.exitCode, 0, result.stderr);
      assert.equal(result.stdout, 'in the end\n');
      assert.match(result.stderr, /beta/);
      rule.remove();
      assert.deepEqual([world.asked.at(0), world.asked.at(-1)], ['alpha', 'beta']);
      assert.equal(world.answered.join(' '), 'beta');
      const status = JSON.parse((await world.cao(['status', '--json'])).stdout) as AccountReport[];
      assert.deepEqual(
        status.map(({name, missingModels}) => [name, ...missingModels.map((missing) => missing.model)]),
        [['alpha', model], ['beta']],
      );
    } finally {
      await world.close();
    }
  });
});
