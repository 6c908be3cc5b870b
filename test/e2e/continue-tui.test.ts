import assert from 'node:assert/strict';
import {appendFile, mkdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {quota} from '../../src/simulator/index.js';
import {CAO, codexOnPath} from '../support/cao.js';
import {SimulatedAccounts} from '../support/simulated.js';
import {Terminal} from '../support/terminal.js';

describe('a fallback that continues the screen of Codex', function () {
  this.timeout(120_000);

  let world: SimulatedAccounts;
  let terminal: Terminal;
  let work: string;

  beforeEach(async () => {
    world = await SimulatedAccounts.create('alpha', 'beta');
    work = join(world.sandbox.home, 'work');
    await mkdir(work);
    for (const name of ['alpha', 'beta']) {
      await appendFile(
        join(world.sandbox.accountHome(name), 'config.toml'),
        `\n[projects."${work}"]\ntrust_level = "trusted"\n`,
      );
    }
    world.simulator.account('alpha').fail(quota({resetsInSeconds: 7200}), {from: 2, times: 1});
  });

  afterEach(async () => {
    await terminal.close();
    await world.close();
  });

  async function start(...args: string[]): Promise<void> {
    terminal = await Terminal.start([process.execPath, CAO, 'run', '--', '-s', 'workspace-write', ...args], {
      env: world.sandbox.environment({...world.env, ...codexOnPath()}),
      cwd: work,
    });
  }

  it('opens the same thread on the next account after the user has left and pressed Enter', async () => {
    await start('shell: echo once >> log; cat log');
    await terminal.waitFor(/hit your usage limit/);
    await leave();
    await terminal.waitFor(/Continue this thread on beta\?/);
    await terminal.press('Enter');
    await terminal.waitFor(/Answer from beta/);

    const asked = world.simulator.requests.filter(({route}) => route === 'responses');
    const last = asked.findLast(({account}) => account === 'beta');
    assert.equal(last?.threadId, asked[0]?.threadId);
    assert.match(JSON.stringify(last?.body), /custom_tool_call_output|function_call_output/);
    assert.equal(await readFile(join(work, 'log'), 'utf8'), 'once\n');
    await leave();
    await terminal.waitFor(/\[exit 0\]/);
  });

  it('ends when the user does not want to go on', async () => {
    await start('shell: echo once >> log; cat log');
    await terminal.waitFor(/hit your usage limit/);
    await leave();
    await terminal.waitFor(/Continue this thread on beta\?/);
    await terminal.type('n');
    await terminal.press('Enter');
    await terminal.waitFor(/\[exit \d+\]/);
    assert.ok(!world.answeredBy.includes('beta'));
  });

  async function leave(): Promise<void> {
    await terminal.type('/quit');
    await terminal.waitFor(/\/quit/);
    await terminal.press('Enter');
  }
});
