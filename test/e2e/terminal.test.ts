import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';

import {quota} from '../../src/simulator/index.js';
import {CAO, codexOnPath} from '../support/cao.js';
import {World} from '../support/world.js';
import {Terminal} from '../support/tmux.js';
import {recordQuota} from '../support/ends.js';

describe('cao on a terminal', function () {
  this.timeout(90_000);

  let world: World;
  let terminal: Terminal;
  const cao = `${process.execPath} ${CAO}`;

  beforeEach(async () => {
    world = await World.create('alpha', 'beta');
    terminal = await Terminal.open(world.sandbox, {...world.env, ...codexOnPath()});
  });

  afterEach(async () => {
    await terminal.close();
    await world.close();
  });

  /** Codex asks once whether the folder is to be trusted. */
  const openCodex = async (): Promise<void> => {
    await terminal.type(`${cao} run`);
    const screen = await terminal.waitFor(/trust|Ask Codex|OpenAI Codex \(v/i);
    if (/trust/i.test(screen)) await terminal.press('Enter');
    await terminal.waitFor(/OpenAI Codex/);
  };

  it('gives the Codex screen the whole terminal: typing, answers, resizing, Ctrl+Z and leaving work', async () => {
    await openCodex();
    await terminal.prompt('say: the screen works', /• the screen works/);
    await terminal.resize(70, 24);
    await terminal.press('C-z');
    await terminal.waitFor(/Stopped/);
    await terminal.type('fg; echo left=$?');
    await terminal.waitFor(/GPT/);
    await terminal.prompt('say: back again', /• back again/);
    await terminal.pressUntil('C-c', 'left=0');
    assert.deepEqual([...new Set(world.asked)], ['alpha']);
    const home = await readdir(world.sandbox.accountHome('alpha'));
    assert.ok(!home.includes('packages'), 'the background daemon was not started');
  });

  it('records the quota that a screen met once the user has left it', async () => {
    world.simulator.account('alpha').fail(quota());
    await openCodex();
    await terminal.prompt('hello', /usage limit/);
    await terminal.pressUntil('C-c', /Quota exhausted on alpha|Every account/);
    const [alpha] = await world.sandbox.store.accounts();
    assert.ok((alpha?.status.cooldownUntilMs ?? 0) > Date.now());
  });

  it('chooses the default account with the arrow keys, each shown with its state', async () => {
    await recordQuota(world.sandbox.store, 'beta', {
      untilMs: Date.now() + 3_600_000,
    });
    await terminal.type(`${cao} switch`);
    const screen = await terminal.waitFor(/Default account/);
    assert.match(screen, /alpha\s+ready/);
    assert.match(screen, /beta\s+cooldown until/);
    await terminal.press('Down');
    await terminal.press('Enter');
    await terminal.waitFor('Default account: beta');
    assert.equal((await world.sandbox.store.registry()).defaultAccount, 'beta');
  });

  it('leaves everything as it was on Ctrl+C at a question', async () => {
    await terminal.type(`${cao} remove beta; echo exit=$?`);
    await terminal.waitFor(/Remove beta/);
    await terminal.press('C-c');
    await terminal.waitFor('exit=130');
    assert.deepEqual((await world.sandbox.store.registry()).accounts, ['alpha', 'beta']);
  });
});
