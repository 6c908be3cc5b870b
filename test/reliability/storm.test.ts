import assert from 'node:assert/strict';
import {setTimeout as sleep} from 'node:timers/promises';

import {
  type Disturbance,
  type Place,
  type RecordedRequest,
  type Simulator,
  close,
  drop,
  firewallPage,
  overloaded,
  quota,
} from '../../src/simulator/index.js';
import {GatewayProcess, type Probe} from '../support/gateway-process.js';
import {SEED, figures, generator, times} from '../support/soak.js';
import {ThreadClient, type TurnEnd} from '../support/thread-client.js';
import {until} from '../support/until.js';
import {World} from '../support/world.js';

const SUITE = 'test/reliability/storm.test.ts';
const ACCOUNTS = ['a', 'b', 'c', 'd', 'e', 'f'];
const TURNS = times({short: 300, long: 20_000});
const STREAMS = times({short: 50, long: 1000});
/** Threads at a time, each with so many turns before the next takes its place. */
const THREADS = 32;
const TURNS_OF_A_THREAD = 5;

/** What goes wrong at the backend, where, and with which share of what comes there. */
const WEATHER: [disturbance: () => Disturbance, at: Place, share: number][] = [
  [() => overloaded(), 'request', 0.09],
  [() => overloaded({status: 500}), 'request', 0.06],
  [() => overloaded({status: 429, code: 'rate_limit_exceeded'}), 'request', 0.03],
  [() => firewallPage(502), 'request', 0.02],
  [drop, 'request', 0.1],
  [close, 'request', 0.02],
  [drop, 'created', 0.05],
  [() => overloaded(), 'created', 0.03],
  [drop, 'output', 0.02],
  [close, 'output', 0.01],
  [drop, 'end', 0.01],
  [() => overloaded(), 'upgrade', 0.1],
  [drop, 'upgrade', 0.1],
];

/** After so many turns an account's quota is used up for a second, or its access token has run out. */
const EVERY = 50;

describe('a gateway in a storm', function () {
  this.timeout(1_200_000);
  const random = generator();
  let world: World;
  let gateway: GatewayProcess;
  let names = 0;

  before(async () => {
    world = await World.create(...ACCOUNTS);
    const config = {
      upstreamRetryBaseMs: 1,
      upstreamRetryJitterMs: 1,
      upstreamRetryMaxMs: 5,
      cooldownSeconds: 1,
    };
    gateway = await GatewayProcess.start(world, {config});
  });
  after(() => world.close());

  afterEach('nothing has ended the gateway, or reached its last line of defence', () => {
    assert.equal(gateway.exitCode, null);
    assert.doesNotMatch(gateway.output, /^.*\bunexpected .*$/m);
  });

  it(`gives a whole answer or an honest error to each of ${TURNS} turns, over HTTP and WebSocket`, async () => {
    const {ends, seen} = await storm(TURNS);
    const {attempts, failed, strangers, outcomes} = seen;
    assert.deepEqual(strangers, [], 'what one thread says reaches another');
    assert.equal(outcomes['invalid_encrypted_content'] ?? 0, 0, 'reasoning of one account reaches another');
    assert.ok(failed / attempts > 1 / 3, `${failed} of ${attempts} attempts failed`);
    const {answered = 0, refused = 0, broken = 0} = ends;
    assert.equal(answered + refused + broken, TURNS);
    assert.ok(answered > TURNS * 0.75, JSON.stringify(ends));
    await figures(SUITE, {turns: TURNS, attempts, failed, answered, refused, broken, seed: SEED});
  });

  it('has as much memory and as many descriptors after a storm as before', async function () {
    if (process.platform !== 'linux') this.skip();
    // What is made once, for good, is there by now; what grows with each storm grows again.
    const before = await atRest();
    await storm(TURNS);
    const after = await atRest(before.descriptors);
    const told = JSON.stringify({before, after});
    assert.ok(after.heapUsed + after.external < (before.heapUsed + before.external) * 1.1, told);
    const inMB = ({heapUsed, external}: Probe): number => (heapUsed + external) / 1e6;
    await figures(SUITE, {
      heapBeforeMB: inMB(before),
      heapAfterMB: inMB(after),
      residentAfterMB: after.rss / 1e6,
      descriptorsBefore: before.descriptors,
      descriptorsAfter: after.descriptors,
    });
  });

  it(`streams ${STREAMS} answers at a time, each to whom it is for`, async () => {
    await gateway.probe();
    for (const account of ACCOUNTS) world.simulator.account(account).eventDelayMs = 20;
    const clients = Array.from(
      {length: STREAMS},
      (_, nth) => new ThreadClient(gateway, `S${nth}`, nth % 2 === 0 ? 'http' : 'websocket'),
    );
    const sentence = (nth: number): string => Array.from({length: 40}, () => `S${nth}-`).join(' ');
    const ends = await Promise.all(clients.map((client, nth) => client.turn(`say: ${sentence(nth)}`)));
    const {longestDelayMs} = await gateway.probe();
    for (const client of clients) client.close();
    for (const account of ACCOUNTS) world.simulator.account(account).eventDelayMs = 0;
    for (const [nth, end] of ends.entries()) {
      assert.equal(end.kind, 'answered', JSON.stringify(end));
      assert.equal(end.text, sentence(nth));
    }
    new Seen(world.simulator).gather(true);
    await figures(SUITE, {streamsAtATime: STREAMS, longestDelayMs});
  });

  /** How the gateway stands when the connections of clients that are gone have closed, and so many are left at most. */
  async function atRest(most = Infinity): Promise<Probe & {descriptors: number}> {
    let last = Infinity;
    const descriptors = await until(
      async () => {
        const now = await gateway.descriptors();
        const isSettled = now >= last && now <= Math.ceil(most * 1.1);
        last = now;
        await sleep(500);
        return isSettled && now;
      },
      `no more than ${most} descriptors, not ${last}`,
      // The pool of connections to the backend gives up what is idle after half a minute.
      45_000,
    );
    return {...(await gateway.probe()), descriptors};
  }

  /** Threads that each say a few things while much goes wrong. Each answer must be whole, or known not to be. */
  async function storm(turns: number): Promise<{ends: Record<string, number>; seen: Seen}> {
    const seen = new Seen(world.simulator);
    for (const account of ACCOUNTS)
      for (const [disturbance, at, share] of WEATHER)
        world.simulator.account(account).fail(disturbance(), {at, when: () => random() < share});
    const ends: Record<string, number> = {};
    let begun = 0;
    const lead = async (): Promise<void> => {
      while (begun < turns) {
        const name = `T${(names += 1)}`;
        const client = new ThreadClient(gateway, name, names % 2 === 0 ? 'http' : 'websocket');
        for (let turn = 0; turn < TURNS_OF_A_THREAD && begun < turns; turn += 1) {
          begun += 1;
          if (begun % EVERY === 0) breakAccount(ACCOUNTS[begun % ACCOUNTS.length] ?? 'a');
          const said = `${name}-${turn} of seed ${SEED}`;
          const end = await client.turn(`say: ${said}`);
          requireHonest(end, said);
          ends[end.kind] = (ends[end.kind] ?? 0) + 1;
          if (begun % 500 === 0) seen.gather();
        }
        client.close();
      }
    };
    await Promise.all(Array.from({length: THREADS}, lead));
    for (const account of ACCOUNTS) world.simulator.account(account).release();
    seen.gather(true);
    return {ends, seen};
  }

  function breakAccount(name: string): void {
    const account = world.simulator.account(name);
    if (random() < 0.5) {
      account.tokens.failAccessTokens('token_expired');
      return;
    }
    account.fail(quota({resetsInSeconds: 1}), {times: 1});
    setTimeout(() => {
      const {primary} = account.usage.windows;
      if (primary !== null) primary.usedPercent = 10;
    }, 1000).unref();
  }
});

/** What came to the backend, counted and then forgotten: the bodies of a storm are large. */
class Seen {
  attempts = 0;
  failed = 0;
  readonly outcomes: Record<string, number> = {};
  /** Requests that hold what another thread said. */
  readonly strangers: string[] = [];

  constructor(private readonly simulator: Simulator) {}

  /** @param all also what has not ended */
  gather(all = false): void {
    const requests = this.simulator.requests as RecordedRequest[];
    const isOver = ({endedAtMs}: RecordedRequest): boolean => all || endedAtMs !== null;
    for (const {outcome, threadId, body} of requests.filter(
      (each) => each.route === 'responses' && isOver(each),
    )) {
      this.attempts += 1;
      if (outcome !== 'answered') this.failed += 1;
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
      const names = new Set(JSON.stringify(body).match(/\bT\d+(?=-)/g));
      if (names.size !== 1 || !names.has(threadId ?? ''))
        this.strangers.push(`${threadId}: ${[...names].join()}`);
    }
    requests.splice(0, requests.length, ...requests.filter((each) => !isOver(each)));
  }
}

/** An answer is what the model said to this thread, and an error says that it is one. */
function requireHonest(end: TurnEnd, said: string): void {
  const when = JSON.stringify({said, ...end});
  if (end.kind === 'answered') assert.equal(end.text, said, when);
  else assert.ok(said.startsWith(end.text), when);
  if (end.kind === 'refused') assert.ok(end.status >= 400 || end.code !== 'none', when);
  if (end.kind === 'broken') assert.notEqual(end.why, 'ended early', when);
}
