import assert from 'node:assert/strict';
import {appendFile, mkdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {quota} from '../../src/simulator/index.js';
import {CAO, codexOnPath} from '../support/cao.js';
import {World} from '../support/world.js';
import {Terminal} from '../support/tmux.js';

describe('a fallback that continues the screen of Codex', function () {
  this.timeout(120_000);

  let world: World;
  let terminal: Terminal;
  let work: string;

  beforeEach(async () => {
    world = await World.create('alpha', 'beta');
    work = join(world.sandbox.home, 'work');
    await mkdir(work);
    for (const name of ['alpha', 'beta']) {
      await appendFile(
        join(world.sandbox.accountHome(name), 'config.toml'),
        `\n[projects."${work}"]\ntrust_level = "trusted"\n`,
      );
    }
    // The screen makes requests of its own beside those of the turn.
    world.simulator.account('alpha').fail(quota({resetsInSeconds: 7200}), {
      when: ({body}) => /_call_output"/.test(JSON.stringify(body)),
      times: 1,
    });
    terminal = await Terminal.open(world.sandbox, {...world.env, ...codexOnPath()});
  });

  afterEach(async () => {
    await terminal.close();
    await world.close();
  });

  const meetQuota = async (): Promise<void> => {
    const flags = '-s workspace-write -c notice.hide_rate_limit_model_nudge=true';
    await terminal.type(`cd work; ${process.execPath} ${CAO} run -- ${flags}; echo left=$?`);
    await terminal.waitFor(/OpenAI Codex/);
    await terminal.prompt('shell: echo once >> log; cat log', /usage limit/);
    await terminal.pressUntil('C-c', /Continue this thread on beta\?/);
  };

  it('opens the same thread on the next account once the user has left and pressed Enter', async () => {
    await meetQuota();
    await terminal.press('Enter');
    await terminal.waitFor(/Answer from beta/, 60_000);

    const asked = world.simulator.requests.filter(({route}) => route === 'responses');
    const thread = asked.find(({body}) => JSON.stringify(body).includes('echo once'))?.threadId;
    const onBeta = asked.find(({account, threadId}) => account === 'beta' && threadId === thread);
    assert.match(JSON.stringify(onBeta?.body), /_call_output".*once/);
    assert.equal(await readFile(join(work, 'log'), 'utf8'), 'once\n');
    await terminal.pressUntil('C-c', /left=0/);
  });

  it('ends when the user does not want to go on', async () => {
    await meetQuota();
    await terminal.type('n');
    await terminal.waitFor(/left=\d/);
    assert.ok(!world.asked.includes('beta'));
  });
});
