import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {afterLogin} from '../../src/accounts/data/status-file.js';
import {quota} from '../../src/simulator/index.js';
import {threadOf} from '../support/codex-output.js';
import {recordQuota} from '../support/ends.js';
import {createGatewayWorld} from '../support/gateway.js';
import {World} from '../support/world.js';

/** Whatever could hold a prompt, or readies a connection for one. */
const OF_A_PROMPT = ['responses', 'prewarm', 'upgrade', 'compact'];

/** What is the matter with an account when the run begins. */
type Trouble = 'none' | 'no login' | 'rests' | 'out';

type Case = {
  flags: string[];
  /** Of the account that the run is for: b where it is named, else the default a. */
  trouble: Trouble;
  /** The accounts that get requests of the prompt, in order. */
  asked: string;
  exit: number;
  says?: RegExp;
  /** Worth a try with a thread that is resumed as well. */
  resumed?: true;
};

const B = ['--account', 'b'];
const ALONE = '--no-fallback';

const CASES: Case[] = [
  {flags: B, trouble: 'none', asked: 'b', exit: 0, resumed: true},
  {flags: [...B, ALONE], trouble: 'none', asked: 'b', exit: 0},
  {flags: B, trouble: 'no login', asked: '', exit: 1, says: /b cannot be used: not logged in[^]*cao add b/},
  {flags: [...B, ALONE], trouble: 'no login', asked: '', exit: 1, says: /b cannot be used/, resumed: true},
  {flags: [ALONE], trouble: 'no login', asked: '', exit: 1, says: /a cannot be used[^]*cao add a/},
  {flags: B, trouble: 'rests', asked: 'b', exit: 0},
  {flags: [...B, ALONE], trouble: 'rests', asked: 'b', exit: 0},
  {
    flags: [ALONE],
    trouble: 'rests',
    asked: '',
    exit: 75,
    says: /a is out of quota\. The earliest reset: a/,
    resumed: true,
  },
  {flags: B, trouble: 'out', asked: 'b a', exit: 0},
  {
    flags: [...B, ALONE],
    trouble: 'out',
    asked: 'b',
    exit: 1,
    says: /Quota exhausted on b\. The earliest reset: b at/,
  },
  {flags: [ALONE, '--wait', '1s'], trouble: 'rests', asked: '', exit: 75, says: /a is out of quota/},
];

describe('the account of a prompt, with the real Codex', function () {
  this.timeout(90_000);

  let world: World;
  /** Begun on a. */
  let thread: string | undefined;
  before(async () => {
    world = await World.create('a', 'b');
    await world.leaveGatewayToRuns();
  });
  after(() => world.close());

  async function bring(trouble: Trouble, name: string): Promise<void> {
    const home = world.sandbox.accountHome(name);
    for (const each of ['a', 'b']) {
      world.simulator.account(each).reset();
      await world.sandbox.store.status.update([each], afterLogin);
    }
    if (trouble === 'no login') await writeFile(join(home, 'auth.json'), '{}');
    else await writeFile(join(home, 'auth.json'), JSON.stringify(world.simulator.account(name).authJson()));
    if (trouble === 'rests') {
      const resetAt = Math.ceil(Date.now() / 1000) + 3600;
      // The backend, which is asked once before a run gives up, says the same.
      const {usage} = world.simulator.account(name);
      usage.windows.primary = {usedPercent: 100, windowMinutes: 300, resetAt};
      await recordQuota(world.sandbox.store, name, {untilMs: resetAt * 1000});
    }
    if (trouble === 'out') world.simulator.account(name).fail(quota({resetsInSeconds: 3600}), {times: 1});
  }

  /** The accounts that got requests since, each as often as in a row. */
  function askedSince(mark: number): string {
    const accounts = world.simulator.requests
      .slice(mark)
      .filter(({route}) => OF_A_PROMPT.includes(route))
      .map(({account}) => account);
    return accounts.filter((account, at) => account !== accounts[at - 1]).join(' ');
  }

  for (const [way, gatewayFlags] of [
    ['directly', []],
    ['through a gateway', ['--gateway']],
  ] as const) {
    for (const {flags, trouble, asked, exit, says} of CASES) {
      it(`${way}, ${flags.join(' ')}, trouble: ${trouble}: ${asked || 'nobody'}, exit ${exit}`, async () => {
        await bring(trouble, flags.includes('b') ? 'b' : 'a');
        const mark = world.simulator.requests.length;
        const result = await world.exec(['say: a secret'], {flags: [...gatewayFlags, ...flags]});
        assert.equal(askedSince(mark), asked, result.stderr);
        assert.equal(result.exitCode, exit, result.stderr);
        if (says) assert.match(result.stderr, says);
      });
    }

    for (const {flags, trouble, asked, exit} of CASES.filter(({resumed}) => resumed)) {
      it(`${way}, resumed, ${flags.join(' ')}, trouble: ${trouble}: ${asked || 'nobody'}`, async () => {
        await bring('none', 'b');
        await bring('none', 'a');
        thread ??= threadOf((await world.exec(['say: begun'])).stderr);
        await bring(trouble, flags.includes('b') ? 'b' : 'a');
        const mark = world.simulator.requests.length;
        const args = ['resume', thread, '--exec', 'say: a secret', ...gatewayFlags, ...flags];
        const result = await world.cao([...args, '--', '--skip-git-repo-check']);
        assert.equal(askedSince(mark), asked, result.stderr);
        assert.equal(result.exitCode, exit, result.stderr);
      });
    }
  }

  it('through a gateway over HTTP as well, and through one that serves others too', async () => {
    await bring('none', 'b');
    const shared = await createGatewayWorld({accounts: ['a', 'b']});
    try {
      for (const webSocket of [true, false]) {
        shared.simulator.setWebSocket(webSocket);
        for (const more of [[], [ALONE]]) {
          const flags = ['--gateway-url', shared.gateway.url, ...B, ...more];
          const result = await shared.exec(['say: hello'], {flags});
          assert.equal(result.stdout, 'hello\n', result.stderr);
          const whom = more.length === 0 ? 'for b first' : 'for b alone';
          assert.ok(
            result.stderr.includes(`Using the gateway at ${shared.gateway.url}, in the home of b, ${whom}`),
          );
        }
      }
      assert.deepEqual([...new Set(shared.asked)], ['b']);
    } finally {
      await shared.close();
    }
  });
});

describe('an account whose home was led to a gateway', function () {
  this.timeout(90_000);

  it('answers its own runs itself, whether that gateway is there or not', async () => {
    const world = await World.create('alpha', 'beta');
    try {
      const home = world.sandbox.accountHome('beta');
      const base = 'http://127.0.0.1:9';
      const enabled = await world.cao(['gateway', 'enable', '--home', home, '--base-url', base]);
      assert.equal(enabled.exitCode, 0, enabled.stderr);
      assert.match(enabled.stdout, /Undo it: cao gateway disable --home \S+beta/);
      const run = await world.exec(['say: hello'], {flags: ['--account', 'beta', '--no-fallback']});
      assert.equal(run.stdout, 'hello\n', run.stderr);
      assert.deepEqual(world.asked, ['beta']);
      const disabled = await world.cao(['gateway', 'disable', '--home', home]);
      assert.equal(disabled.exitCode, 0, disabled.stderr);
      assert.equal((await world.exec(['say: again'], {flags: ['--account', 'beta']})).stdout, 'again\n');
    } finally {
      await world.close();
    }
  });
});
