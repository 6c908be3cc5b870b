import assert from 'node:assert/strict';

import {quota, close, drop, unauthorized, type Place} from '../../src/simulator/index.js';
import {threadOf, withoutCodexNoise} from '../support/codex-output.js';
import {type GatewayWorld, createGatewayWorld} from '../support/gateway.js';

/** What Codex logs when a backend has no WebSocket, with and without a gateway. */
const FALLBACK = /^.*responses_websocket: failed to connect to Responses WebSocket.*$/gm;

/** Fails when the user was shown anything of a switch. */
function assertInvisible(stderr: string): void {
  assert.doesNotMatch(withoutCodexNoise(stderr).replaceAll(FALLBACK, ''), VISIBLE);
}

const VISIBLE = /ERROR|Reconnecting|stream (?:error|disconnected)|usage limit/i;

for (const webSocket of [true, false]) {
  describe(`the real codex exec through the gateway, ${webSocket ? 'WebSocket' : 'HTTP'}`, () => {
    let world: GatewayWorld;

    const start = async (accounts = ['a', 'b']): Promise<void> => {
      world = await createGatewayWorld({accounts});
      world.simulator.setWebSocket(webSocket);
    };
    afterEach(() => world.close());

    it('answers', async () => {
      await start();
      const {exitCode, stdout, stderr} = await world.execThrough('say: it works');
      assert.equal(exitCode, 0, stderr);
      assert.equal(stdout, 'it works\n');
      assertInvisible(stderr);
      assert.deepEqual(world.answered, ['a']);
    });

    const commands = (count: number): string =>
      Array.from({length: count}, (_, n) => `shell: echo step${n + 1}`).join('\n');

    for (const from of [1, 2, 5]) {
      it(`goes on when the quota is gone at request ${from} of one turn`, async () => {
        await start();
        world.simulator.account('a').fail(quota(), {from});
        const {exitCode, stdout, stderr} = await world.execThrough(commands(5));
        assert.equal(exitCode, 0, stderr);
        assert.equal(stdout, 'Done: step5\n');
        assertInvisible(stderr);
        assert.deepEqual(world.answered, [
          ...Array<string>(from - 1).fill('a'),
          ...Array<string>(7 - from).fill('b'),
        ]);
        assert.equal(world.log.lines.filter((line) => line.startsWith('switch')).length, 1);
      });
    }

    it('moves through three accounts that run out one after the other', async () => {
      await start(['a', 'b', 'c']);
      world.simulator.account('a').fail(quota(), {from: 2});
      world.simulator.account('b').fail(quota(), {from: 2});
      const {exitCode, stdout, stderr} = await world.execThrough(commands(4));
      assert.equal(exitCode, 0, stderr);
      assert.equal(stdout, 'Done: step4\n');
      assertInvisible(stderr);
      assert.deepEqual(world.answered, ['a', 'b', 'c', 'c', 'c']);
    });

    it("shows Codex's own message with the earliest time when all are out", async () => {
      await start();
      const at = Math.floor(Date.now() / 1000);
      world.simulator.account('a').fail(quota({resetsAt: at + 3 * 3600}));
      world.simulator.account('b').fail(quota({resetsAt: at + 3600}));
      const {exitCode, stderr} = await world.execThrough('hello');
      assert.equal(exitCode, 1);
      assert.match(stderr, /usage limit/i);
      const time = new Date((at + 3600) * 1000).toLocaleTimeString('en-US', {
        timeZone: 'UTC',
        hour: 'numeric',
        minute: '2-digit',
      });
      // Codex adds the date when it is another day's.
      const shown = /try again at ([^\n]*)/.exec(stderr.replaceAll('\u202f', ' '))?.[1] ?? stderr;
      assert.ok(shown.includes(time.replaceAll('\u202f', ' ')), shown);
    });

    it('keeps a thread resumable with and without the gateway, on either account', async () => {
      await start();
      world.simulator.account('a').fail(quota(), {from: 2});
      const first = await world.execThrough('say: one');
      const thread = threadOf(first.stderr);
      const second = await world.execThrough('resume', thread, 'say: two');
      assert.equal(second.exitCode, 0, second.stderr);
      assert.deepEqual(world.answered, ['a', 'b']);
      const third = await world.execThrough('resume', thread, 'recall');
      assert.equal(third.exitCode, 0, third.stderr);
      assert.match(third.stdout, /say: one.*say: two/);
      assertInvisible(third.stderr);
    });

    it('refreshes a refused token without a word', async () => {
      await start();
      world.simulator.account('a').fail(unauthorized('token_expired'), {times: 1, from: 2});
      const {exitCode, stdout, stderr} = await world.execThrough(commands(2));
      assert.equal(exitCode, 0, stderr);
      assert.equal(stdout, 'Done: step2\n');
      assert.equal(world.simulator.account('a').refreshes, 1);
      assert.deepEqual(world.answered, ['a', 'a', 'a']);
    });

    for (const at of ['created', 'output'] as Place[]) {
      it(`goes on after a quota ${at === 'created' ? 'before' : 'after'} output, in the middle of a stream`, async () => {
        await start();
        world.simulator.account('a').fail(quota(), {from: 2, at});
        const {exitCode, stdout, stderr} = await world.execThrough(commands(2));
        assert.equal(exitCode, 0, stderr);
        assert.equal(stdout, 'Done: step2\n');
        assert.deepEqual(world.answered, ['a', 'b', 'b']);
      });
    }

    it('goes on after a dropped stream', async () => {
      await start();
      world.simulator.account('a').fail(drop(), {from: 2, times: 1});
      const {exitCode, stdout, stderr} = await world.execThrough(commands(2));
      assert.equal(exitCode, 0, stderr);
      assert.equal(stdout, 'Done: step2\n');
      assert.deepEqual(world.answered, ['a', 'a', 'a']);
    });

    if (webSocket) {
      it('goes on when the upgrade is refused for a quota', async () => {
        await start();
        world.simulator.account('a').fail(quota(), {at: 'upgrade'});
        const {exitCode, stdout, stderr} = await world.execThrough('say: fine');
        assert.equal(exitCode, 0, stderr);
        assert.equal(stdout, 'fine\n');
        assertInvisible(stderr);
      });

      it('goes on when the pre-warm meets the quota', async () => {
        await start();
        world.simulator.account('a').fail(quota(), {at: 'prewarm'});
        const {exitCode, stderr} = await world.execThrough('say: fine');
        assert.equal(exitCode, 0, stderr);
        assertInvisible(stderr);
        assert.deepEqual(world.answered, ['b']);
      });

      it('understands status_code in place of status', async () => {
        await start();
        world.simulator.account('a').fail({...quota(), frameStatus: 'status_code'}, {from: 2});
        const {exitCode, stdout, stderr} = await world.execThrough(commands(2));
        assert.equal(exitCode, 0, stderr);
        assert.equal(stdout, 'Done: step2\n');
        assertInvisible(stderr);
        assert.deepEqual(world.answered, ['a', 'b', 'b']);
      });

      it('reconnects when the backend closes the connection', async () => {
        await start();
        world.simulator.account('a').fail(close(), {from: 2, times: 1});
        const {exitCode, stdout, stderr} = await world.execThrough(commands(2));
        assert.equal(exitCode, 0, stderr);
        assert.equal(stdout, 'Done: step2\n');
        assertInvisible(stderr);
      });
    }
  });
}
