import assert from 'node:assert/strict';
import {setTimeout as sleep} from 'node:timers/promises';

import {writeData} from '../support/accounts.js';
import {GatewayProcess} from '../support/gateway-process.js';
import {IS_LONG, figures, times} from '../support/soak.js';
import {ThreadClient} from '../support/thread-client.js';
import {until} from '../support/until.js';
import {World} from '../support/world.js';

/** Rounds for each endpoint and occasion. */
const ROUNDS = times({short: 1, long: 10});

/** How long the token endpoint takes. Milliseconds. */
const ENDPOINTS = IS_LONG ? [100, 500, 3000] : [500];

/** What makes a token of an account be exchanged, and whether Codex or `cao` meets it first. */
const OCCASIONS: [what: string, spoil: (world: World) => Promise<void> | void][] = [
  [
    'is out on disk',
    (world) => writeData(world.sandbox, 'alpha/auth.json', world.simulator.account('alpha').authJson(-1)),
  ],
  [
    'is refused in the middle of a turn',
    (world) => world.simulator.account('alpha').tokens.failAccessTokens('token_expired'),
  ],
];

describe('one token, with runs of the real Codex and looks at the account side by side', function () {
  this.timeout(ROUNDS * 120_000);

  for (const delayMs of ENDPOINTS) {
    for (const [what, spoil] of OCCASIONS) {
      it(`that ${what} is spent once, at an endpoint that takes ${delayMs} ms`, async () => {
        for (let round = 0; round < ROUNDS; round++) await playRound(delayMs, spoil);
        await figures('test/reliability/one-refresh.test.ts', {rounds: ROUNDS, delayMs, token: what});
      });
    }
  }
});

describe('one token that is out, with gateways and looks side by side', function () {
  this.timeout(600_000);
  const GATEWAYS = 2;
  const LOOKS = times({short: 4, long: 20});

  it(`is spent once by ${GATEWAYS} gateways and ${LOOKS} looks, and all of them go on with its successor`, async () => {
    const world = await World.with({accounts: [{name: 'alpha'}], refreshDelayMs: 300});
    const clients: ThreadClient[] = [];
    try {
      const gateways = await Promise.all(Array.from({length: GATEWAYS}, () => GatewayProcess.start(world)));
      await writeData(world.sandbox, 'alpha/auth.json', world.simulator.account('alpha').authJson(-1));
      clients.push(
        ...gateways.flatMap((gateway) =>
          [0, 1, 2, 3].map((n) => new ThreadClient(gateway, `t${n}`, n % 2 === 0 ? 'http' : 'websocket')),
        ),
      );
      const [turns, looks] = await Promise.all([
        Promise.all(clients.map((client) => client.turn('say: hi'))),
        Promise.all(Array.from({length: LOOKS}, () => world.cao(['status', '--live', '--force', '--json']))),
      ]);
      assert.deepEqual(
        world.simulator.requests.filter(({route}) => route === 'refresh').map(({status}) => status),
        [200],
      );
      for (const turn of turns) assert.equal(turn.kind, 'answered', JSON.stringify(turn));
      for (const {exitCode, stderr} of looks) assert.deepEqual({exitCode, stderr}, {exitCode: 0, stderr: ''});
      await figures('test/reliability/one-refresh.test.ts', {gateways: GATEWAYS, looks: LOOKS, refreshes: 1});
    } finally {
      for (const client of clients) client.close();
      await world.close();
    }
  });
});

async function playRound(
  refreshDelayMs: number,
  spoil: (world: World) => Promise<void> | void,
): Promise<void> {
  const world = await World.with({accounts: [{name: 'alpha'}], refreshDelayMs});
  try {
    await world.leaveGatewayToRuns();
    const longer = world.exec(['shell: sleep 1\nshell: sleep 0.2\nsay: one']);
    await until(() => world.answered.length > 0, 'the first step of the turn');
    await spoil(world);
    // Where in each other's way they get is left to chance.
    const soon = (): Promise<void> => sleep(Math.random() * 300);
    const [one, two, three, look] = await Promise.all([
      longer,
      soon().then(() => world.exec(['say: two'])),
      soon().then(() => world.exec(['say: three'], {flags: ['--gateway']})),
      soon().then(() => world.cao(['status', '--live', '--force', '--json'])),
    ]);
    const refreshes = world.simulator.requests.filter(({route}) => route === 'refresh');
    assert.deepEqual(
      refreshes.map(({status}) => status),
      [200],
      [one, two, three, look].map(({stderr}) => stderr).join('\n'),
    );
    assert.equal(one.exitCode, 0, one.stderr);
    assert.equal(two.stdout, 'two\n', two.stderr);
    assert.equal(three.stdout, 'three\n', three.stderr);
    assert.equal(look.stderr, '');
  } finally {
    await world.close();
  }
}
