import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type Server, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

import WebSocket from 'ws';

import type {Client} from '../../../src/gateway/server/clients.js';
import {FrontDoor, type FrontDoorOptions} from '../../../src/gateway/server/front-door.js';
import {LastDefence} from '../../../src/gateway/server/last-defence.js';

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/** Never comes back, and fails somewhere that nobody waits for. */
const FORGOTTEN: [what: string, identify: () => Promise<Client | null>][] = [
  [
    'a promise that nobody waits for',
    () => {
      void Promise.reject(new Error('forgotten'));
      return new Promise(() => undefined);
    },
  ],
  [
    'a timer',
    () => {
      setTimeout(() => {
        throw new Error('forgotten');
      }, 1);
      return new Promise(() => undefined);
    },
  ],
  [
    'a callback after an await',
    async () => {
      await Promise.resolve();
      process.nextTick(() => {
        throw new Error('forgotten');
      });
      return new Promise(() => undefined);
    },
  ],
];

describe('a front door', () => {
  let server: Server;
  let identify: () => Promise<Client | null>;
  let problems: string[];
  /** What reached the last line of defence. */
  let unexpected: unknown[];
  let defence: LastDefence;

  beforeEach(async () => {
    problems = [];
    unexpected = [];
    defence = new LastDefence((error) => unexpected.push((error as Error).message), false);
    const door = new FrontDoor({
      context: {
        config: {bindAddress: '127.0.0.1'},
        events: {problem: (message: string) => problems.push(message)},
      },
      clients: {identify: () => identify()},
      sockets: {holds: () => false},
      defence,
    } as unknown as FrontDoorOptions);
    server = createServer((request, response) => door.answer(request, response));
    server.on('upgrade', (request, socket, head) => door.upgrade(request, socket, head));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const url = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}/v1/responses`;

  async function assertBothFail(): Promise<void> {
    const response = await fetch(`http://${url()}`, {headers: {connection: 'close'}});
    assert.equal(response.status, 500);
    assert.match(await response.text(), /gateway_error/);
    const [error] = (await once(new WebSocket(`ws://${url()}`), 'error')) as [Error];
    assert.match(error.message, /500/);
  }

  for (const [what, fail] of [
    ['cannot tell who asks', () => Promise.reject(new Error('no accounts'))],
    [
      'throws at once',
      () => {
        throw new Error('no accounts');
      },
    ],
  ] as [string, typeof identify][]) {
    it(`that ${what} answers 500 to a request and to an upgrade, and tells of it`, async () => {
      identify = fail;
      await assertBothFail();
      assert.deepEqual(problems, ['no accounts', 'no accounts']);
      assert.deepEqual(unexpected, []);
    });
  }

  describe('with its last line of defence', () => {
    /** The test runner's own. */
    const others = new Map<string, ((...args: unknown[]) => void)[]>();

    beforeEach(() => {
      for (const event of EVENTS) {
        others.set(event, process.listeners(event as 'exit') as never);
        process.removeAllListeners(event);
      }
      defence.begin();
    });
    afterEach(() => {
      defence.end();
      for (const event of EVENTS) {
        assert.equal(process.listenerCount(event), 0);
        for (const listener of others.get(event) ?? []) process.on(event, listener);
      }
    });

    for (const [what, fail] of FORGOTTEN) {
      it(`gives up the one request for which ${what} failed, and no other`, async () => {
        let arrived = (): void => undefined;
        const underWay = new Promise<void>((resolve) => (arrived = resolve));
        identify = () => {
          arrived();
          return new Promise(() => undefined);
        };
        const other = fetch(`http://${url()}`).then(
          () => 'answered',
          () => 'cut off',
        );
        await underWay;
        identify = fail;
        await assertBothFail();
        assert.deepEqual(unexpected, ['forgotten', 'forgotten']);
        assert.equal(await Promise.race([other, Promise.resolve('open')]), 'open');
      });
    }
  });
});
