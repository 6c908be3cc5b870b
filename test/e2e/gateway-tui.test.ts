import assert from 'node:assert/strict';
import {appendFile} from 'node:fs/promises';
import {join} from 'node:path';

import {quota} from '../../src/simulator/index.js';
import {providerArgs} from '../../src/gateway/open-for-run.js';
import {CODEX} from '../support/cao.js';
import {World, until} from '../support/gateway.js';
import {Terminal} from '../support/tmux.js';

const WRONG = /error|reconnect|usage limit|switch to|stream disconnected/i;

for (const webSocket of [true, false]) {
  describe(`the Codex TUI through the gateway, ${webSocket ? 'WebSocket' : 'HTTP'}`, function () {
    this.timeout(90_000);
    let world: World;
    let terminal: Terminal;

    beforeEach(async () => {
      world = await World.create();
      world.simulator.setWebSocket(webSocket);
      const home = world.sandbox.accountHome('a');
      await appendFile(
        join(home, 'config.toml'),
        `\n[projects.${JSON.stringify(world.sandbox.home)}]\ntrust_level = "trusted"\n`,
      );
      const env = world.sandbox.environment({
        ...(await world.codexEnvironment(home)),
        TERM: 'xterm-256color',
      });
      const args = providerArgs(world.gateway.url).map((argument) => `'${argument}'`);
      terminal = await Terminal.open(`${CODEX} ${args.join(' ')}`, env, world.sandbox.home);
      await terminal.shows(/gpt-6\.1-sol/i);
    });
    afterEach(async () => {
      await terminal.close();
      await world.close();
    });

    const say = async (text: string, answer: RegExp): Promise<string> => {
      await terminal.type(text);
      await terminal.shows(new RegExp(text.slice(0, 12)));
      await terminal.press('Enter');
      return terminal.shows(answer);
    };
    const answered = (): (string | null)[] =>
      world.simulator.requests
        .filter(({route, status}) => route === 'responses' && status === 200)
        .map(({account}) => account);

    it('keeps its screen and its conversation when the account runs out, and shows no error', async () => {
      await say('say: first answer', /• first answer/);
      world.simulator.account('a').fail(quota());
      await say('say: second answer', /• second answer/);
      const screen = await say('recall', /You said "say: first answer", "say: second answer"/);
      assert.match(screen, /• first answer[\s\S]*• second answer/);
      assert.doesNotMatch(screen, WRONG);
      assert.equal(answered()[0], 'a');
      assert.ok(
        answered()
          .slice(1)
          .every((account) => account === 'b'),
      );
      assert.equal(world.log.lines.filter((line) => line.startsWith('switch')).length, 1);
    });

    it('goes on after the gateway was restarted in the middle of a session', async () => {
      await say('say: first answer', /• first answer/);
      const {port} = world.gateway;
      await world.gateway.close({drainMs: 0});
      world.gateway = await world.startGateway({port});
      const screen = await say('recall', /You said "say: first answer"/);
      assert.doesNotMatch(screen, /error|usage limit/i);
      await until(() => answered().length >= 2, 'the second answer');
    });
  });
}
