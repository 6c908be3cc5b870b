import assert from 'node:assert/strict';

import {registerAccounts} from '../support/accounts.js';
import {CAO} from '../support/cao.js';
import {Sandbox} from '../support/sandbox.js';
import {Terminal} from '../support/tmux.js';
import {recordVerdict} from '../support/ends.js';

const WATCH = `${process.execPath} ${CAO} status --watch; echo "exit=$?"`;

describe('cao status --watch in a terminal', () => {
  let sandbox: Sandbox;
  let terminal: Terminal;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['work', 'home']);
    terminal = await Terminal.open(sandbox);
    await terminal.type('echo what was here before');
    await terminal.waitFor(/^what was here before$/m);
    await terminal.type(WATCH);
    await terminal.waitFor('2 accounts: 2 ready');
  });
  afterEach(async () => {
    await terminal.close();
    await sandbox.remove();
  });

  it('redraws in place when something changes', async () => {
    assert.ok(!(await terminal.screen()).includes('what was here before'));
    await recordVerdict(sandbox.store, 'home', {kind: 'auth', reason: 'invalid_grant'});
    const screen = await terminal.waitFor('1 ready, 1 needs-login');
    assert.equal(screen.match(/accounts:/g)?.length, 1);
  });

  for (const [name, key] of [
    ['q', 'q'],
    ['Ctrl+C', 'C-c'],
  ] as const) {
    it(`quits on ${name} and leaves the terminal as it was`, async () => {
      await terminal.press(key);
      const screen = await terminal.waitFor(/exit=0/);
      assert.match(screen, /^what was here before$/m);
      assert.ok(!screen.includes('2 accounts'));
      await terminal.type('echo typed and seen');
      await terminal.waitFor(/echo typed and seen\n(.*\n)*typed and seen/);
    });
  }

  it('fits the terminal when it becomes small', async () => {
    await terminal.resize(60, 6);
    await terminal.waitFor(/… \d+ more lines/);
    await terminal.press('q');
    await terminal.waitFor(/exit=0/);
  });
});
