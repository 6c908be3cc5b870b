import assert from 'node:assert/strict';
import {Socket} from 'node:net';

import {Strangers} from '../../../src/gateway/server/strangers.js';

describe('connections that have shown no credential', () => {
  const arrivals = (strangers: Strangers, count: number): Socket[] =>
    Array.from({length: count}, () => {
      const socket = new Socket();
      strangers.arrived(socket);
      return socket;
    });
  const open = (sockets: Socket[]): number[] =>
    sockets.flatMap((socket, nth) => (socket.destroyed ? [] : [nth]));

  it('are bounded: the oldest goes when one too many comes', () => {
    const sockets = arrivals(new Strangers(3), 5);
    assert.deepEqual(open(sockets), [2, 3, 4]);
  });

  it('are none any more once they have shown one', () => {
    const strangers = new Strangers(2);
    const [known] = arrivals(strangers, 1);
    assert.ok(known);
    strangers.known(known);
    assert.deepEqual(open(arrivals(strangers, 4)), [2, 3]);
    assert.equal(known.destroyed, false);
  });

  it('count no more when they have gone', async () => {
    const strangers = new Strangers(2);
    const [gone] = arrivals(strangers, 1);
    gone?.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(open(arrivals(strangers, 2)), [0, 1]);
  });
});
