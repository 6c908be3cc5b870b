/**
 * What the gateway costs: the same requests to a simulated backend, directly and through a gateway in a process of its
 * own, one of each in turn so that whatever else the machine does meets both alike.
 *
 *   npm run build && npx tsx bench/gateway-overhead.ts [pairs]
 */
import {once} from 'node:events';

import {Agent} from 'undici';
import WebSocket from 'ws';

import {cao} from '../test/support/cao.js';
import {say} from '../test/support/gateway.js';
import {World} from '../test/support/world.js';

const pairs = Number(process.argv[2] ?? 200);
const PORT = 43_190;

type Target = {name: string; base: string; token: string};

const world = await World.create('a', 'b');
const started = await cao(world.sandbox, [
  ...['gateway', 'start', '--detach', '--port', String(PORT)],
  ...['--base-url', world.simulator.codexBaseUrl],
]);
if (started.exitCode !== 0) throw new Error(started.stderr);
const secret = (await cao(world.sandbox, ['gateway', 'token'])).stdout.trim();
const {accessToken} = world.simulator.account('a').tokens.login();
const targets: [Target, Target] = [
  {name: 'direct', base: world.simulator.codexBaseUrl, token: accessToken},
  {name: 'gateway', base: `http://127.0.0.1:${PORT}/v1`, token: secret},
];
const agent = new Agent({connections: 1});

const headersOf = (target: Target): Record<string, string> => ({
  authorization: `Bearer ${target.token}`,
  'chatgpt-account-id': 'workspace-a',
  'content-type': 'application/json',
  'thread-id': 'bench',
});

/** @returns milliseconds to the first byte and to the end. */
async function overHttp(target: Target, body: string): Promise<{first: number; whole: number}> {
  const startedAt = performance.now();
  const response = await agent.request({
    origin: new URL(target.base).origin,
    path: `${new URL(target.base).pathname}/responses`,
    method: 'POST',
    headers: headersOf(target),
    body,
  });
  let first = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    if (first === 0 && chunk.length > 0) first = performance.now() - startedAt;
  }
  return {first, whole: performance.now() - startedAt};
}

async function openSocket(target: Target): Promise<WebSocket> {
  const socket = new WebSocket(`${target.base.replace('http', 'ws')}/responses`, {
    headers: headersOf(target),
  });
  await once(socket, 'open');
  return socket;
}

async function overWebSocket(socket: WebSocket, body: string): Promise<{first: number; whole: number}> {
  const startedAt = performance.now();
  let first = 0;
  const done = new Promise<void>((resolve) => {
    const onMessage = (data: WebSocket.RawData): void => {
      first ||= performance.now() - startedAt;
      if (!(data as Buffer).subarray(0, 64).includes('response.completed')) return;
      socket.off('message', onMessage);
      resolve();
    };
    socket.on('message', onMessage);
  });
  socket.send(body);
  await done;
  return {first, whole: performance.now() - startedAt};
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

type Sample = {first: number; whole: number};

async function compare(
  name: string,
  count: number,
  ask: (target: Target, n: number) => Promise<Sample>,
): Promise<void> {
  const samples: Record<string, Sample[]> = {direct: [], gateway: []};
  for (const target of targets) for (let n = 0; n < 10; n += 1) await ask(target, n);
  for (let n = 0; n < count; n += 1) {
    // Which of the two goes first changes, too.
    for (const target of n % 2 === 0 ? targets : [...targets].reverse())
      samples[target.name]?.push(await ask(target, n));
  }
  const of = (target: string, key: keyof Sample): number =>
    median((samples[target] ?? []).map((each) => each[key]));
  const report = (key: keyof Sample): string =>
    `direct ${of('direct', key).toFixed(2)} ms, gateway ${of('gateway', key).toFixed(2)} ms, ratio ${(of('gateway', key) / of('direct', key)).toFixed(2)}`;
  console.log(`${name}: first byte ${report('first')}; whole ${report('whole')} (medians of ${count})`);
}

const short = say('say: ok');
const long = say('words: 2000');
const big = say(`say: ok ${' '.repeat(1024 * 1024)}`);
const frame = (body: object): string => JSON.stringify({type: 'response.create', ...body});

await compare('HTTP, short answer', pairs, (target) => overHttp(target, JSON.stringify(short)));
await compare('HTTP, 2000 events', Math.ceil(pairs / 10), (target) => overHttp(target, JSON.stringify(long)));
await compare('HTTP, 1 MiB request', Math.ceil(pairs / 10), (target) =>
  overHttp(target, JSON.stringify(big)),
);
const sockets = new Map(
  await Promise.all(targets.map(async (target) => [target.name, await openSocket(target)] as const)),
);
const socketOf = (target: Target): WebSocket => {
  const socket = sockets.get(target.name);
  if (!socket) throw new Error(`no socket for ${target.name}`);
  return socket;
};
await compare('WebSocket, short answer', pairs, (target) => overWebSocket(socketOf(target), frame(short)));
await compare('WebSocket, 2000 events', Math.ceil(pairs / 10), (target) =>
  overWebSocket(socketOf(target), frame(long)),
);
await compare('WebSocket, 1 MiB request', Math.ceil(pairs / 10), (target) =>
  overWebSocket(socketOf(target), frame(big)),
);

for (const socket of sockets.values()) socket.terminate();
await agent.close();
await cao(world.sandbox, ['gateway', 'stop', '--port', String(PORT)]);
await world.close();
