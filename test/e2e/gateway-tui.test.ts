import assert from 'node:assert/strict';
import {appendFile} from 'node:fs/promises';
import {join} from 'node:path';

import {quota} from '../../src/simulator/index.js';
import {providerArgs} from '../../src/gateway/control/open-for-run.js';
import {CODEX} from '../support/cao.js';
import {type GatewayWorld, createGatewayWorld} from '../support/gateway.js';
import {Terminal} from '../support/tmux.js';
import {until} from '../support/until.js';

const WRONG = /error|reconnect|usage limit|switch to|stream disconnected/i;

for (const webSocket of [true, false]) {
  describe(`the Codex TUI through the gateway, ${webSocket ? 'WebSocket' : 'HTTP'}`, function () {
    this.timeout(90_000);
    let world: GatewayWorld;
    let terminal: Terminal;

    beforeEach(async () => {
      world = await createGatewayWorld();
      world.simulator.setWebSocket(webSocket);
      const home = world.sandbox.accountHome('a');
      await appendFile(
        join(home, 'config.toml'),
        `\n[projects.${JSON.stringify(world.sandbox.home)}]\ntrust_level = "trusted"\n`,
      );
      const args = providerArgs(world.gateway.url).map((argument) => `'${argument}'`);
      terminal = await Terminal.open(
        world.sandbox,
        {...world.env, CODEX_HOME: home},
        {columns: 110, rows: 40},
      );
      await terminal.type(`${CODEX} ${args.join(' ')}`);
      await terminal.waitFor(/OpenAI Codex \(v/);
    });
    afterEach(async () => {
      await terminal.close();
      await world.close();
    });

    it('keeps its screen and its conversation when the account runs out, and shows no error', async () => {
      await terminal.prompt('say: first answer', /• first answer/);
      world.simulator.account('a').fail(quota());
      await terminal.prompt('say: second answer', /• second answer/);
      const screen = await terminal.prompt('recall', /You said "say: first answer", "say: second answer"/);
      assert.match(screen, /• first answer[\s\S]*• second answer/);
      assert.doesNotMatch(screen, WRONG);
      assert.equal(world.answered[0], 'a');
      assert.ok(world.answered.slice(1).every((account) => account === 'b'));
      // A side task of the screen may be a thread of its own.
      const switches = world.log.lines.filter((line) => line.startsWith('switch'));
      assert.ok(
        switches.length > 0 && switches.every((line) => line.endsWith('a -> b (usage_limit_reached)')),
      );
    });

    it('goes on after the gateway was restarted in the middle of a session', async () => {
      await terminal.prompt('say: first answer', /• first answer/);
      const {port} = world.gateway;
      await world.gateway.close({drainMs: 0});
      world.gateway = await world.startGateway({port});
      const screen = await terminal.prompt('recall', /You said "say: first answer"/);
      assert.doesNotMatch(screen, /error|usage limit/i);
      await until(() => world.answered.length >= 2, 'the second answer');
    });
  });
}
