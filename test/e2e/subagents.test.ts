import assert from 'node:assert/strict';
import {mkdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {rolloutsOf} from '../../src/codex/threads/rollout-files.js';
import {type RecordedRequest, quota} from '../../src/simulator/index.js';
import {CODEX} from '../support/cao.js';
import {World} from '../support/world.js';

const bySubagent = ({headers}: RecordedRequest): boolean => headers['x-codex-parent-thread-id'] !== undefined;

describe('a turn with sub-agents whose account runs out, with the real Codex', function () {
  this.timeout(120_000);

  let world: World;
  let work: string;

  beforeEach(async () => {
    world = await World.create('alpha', 'beta');
    work = join(world.sandbox.home, 'work');
    await mkdir(work);
  });
  afterEach(() => world.close());

  const run = (prompt: string, sandbox = 'workspace-write') =>
    world.exec(['-s', sandbox, prompt], {cwd: work});
  const requests = (name: string) =>
    world.simulator.requests.filter(({route, account}) => route === 'responses' && account === name);
  const idsIn = async (name: string) =>
    (await rolloutsOf(world.sandbox.accountHome(name))).map(({id}) => id).sort();

  // Of whose requests from which on are refused, the main thread's always among them.
  for (const {what, prompt, agents, from} of [
    {what: 'one', prompt: 'spawn: shell: echo once >> log', agents: 1, from: 4},
    {
      what: 'two',
      prompt: 'spawn: shell: echo once >> log\nspawn: shell: echo once >> log',
      agents: 2,
      from: 5,
    },
    {what: 'nested ones', prompt: 'spawn: spawn: shell: echo once >> log', agents: 2, from: 5},
  ]) {
    it(`goes on in the main thread, with ${what} brought along that can be told to go on`, async () => {
      world.simulator.account('alpha').fail(quota({resetsInSeconds: 7200}), {from});
      await world.sandbox.store.settings.set('run.continuePrompt', 'tell /root/task_1: say: hello');

      const result = await run(prompt);

      assert.equal(result.exitCode, 0, result.stderr);
      assert.equal(result.stdout, 'Heard: hello\n', result.stderr);
      const main = requests('alpha')[0]?.threadId ?? '';
      assert.match(result.stderr, new RegExp(`Thread ${main} goes from alpha to beta\\.`));
      assert.equal(requests('beta')[0]?.threadId, main);
      assert.deepEqual(await idsIn('beta'), await idsIn('alpha'));
      assert.equal((await idsIn('beta')).length, 1 + agents);
      assert.deepEqual(
        requests('beta').map(({outcome}) => outcome),
        requests('beta').map(() => 'answered'),
      );
    });
  }

  it('takes a quota that only a sub-agent met for that of the run', async () => {
    world.simulator.account('alpha').fail(quota({resetsInSeconds: 7200}), {when: bySubagent});

    const result = await run('spawn: shell: echo once >> log');

    assert.equal(result.exitCode, 0, result.stderr);
    assert.match(result.stderr, /Quota exhausted on alpha\. Falling back to: beta/);
    assert.match(result.stdout, /Answer from beta: Continue where you stopped/);
    const status = (await world.sandbox.store.account('alpha')).status;
    assert.ok((status.cooldownUntilMs ?? 0) > Date.now() + 3600_000, JSON.stringify(status));
  });

  it('does not take the thread of a Codex that Codex was told to run for its own', async () => {
    world.simulator.account('alpha').fail(quota({resetsInSeconds: 7200}), {from: 3, times: 1});

    const result = await run(
      `shell: ${CODEX} exec --skip-git-repo-check inner > inner 2> /dev/null`,
      'danger-full-access',
    );

    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(requests('beta')[0]?.threadId, requests('alpha')[0]?.threadId);
    assert.equal(await readFile(join(work, 'inner'), 'utf8'), 'Answer from alpha: inner\n');
  });
});
