import assert from 'node:assert/strict';

import {WriteBehind} from '../../src/files/write-behind.js';

/** Longer than any test waits: what is written without {@link WriteBehind.flush} was written too early. */
const NEVER_MS = 600_000;

describe('write-behind', () => {
  const unexpected = (error: unknown): never => {
    throw error;
  };

  it('writes once for many changes, when the interval is over', async () => {
    let writes = 0;
    const written = new Promise<void>((resolve) => {
      const behind = new WriteBehind(
        () => {
          writes += 1;
          resolve();
          return Promise.resolve();
        },
        unexpected,
        5,
      );
      for (let change = 0; change < 10; change += 1) behind.soon();
      assert.equal(writes, 0);
    });
    await written;
    assert.equal(writes, 1);
  });

  it('writes at once on flush, and only what is not written yet', async () => {
    let writes = 0;
    const behind = new WriteBehind(
      () => {
        writes += 1;
        return Promise.resolve();
      },
      unexpected,
      NEVER_MS,
    );
    await behind.flush();
    assert.equal(writes, 0);
    behind.soon();
    await behind.flush();
    await behind.flush();
    assert.equal(writes, 1);
  });

  it('never writes twice at a time, and not without what came meanwhile', async () => {
    const steps: string[] = [];
    let finish: () => void = () => undefined;
    let pending = ['a'];
    const behind = new WriteBehind(
      async () => {
        const batch = pending.splice(0);
        steps.push(`begin ${batch.join('')}`);
        await new Promise<void>((resolve) => (finish = resolve));
        steps.push(`end ${batch.join('')}`);
      },
      unexpected,
      NEVER_MS,
    );
    behind.soon();
    const first = behind.flush();
    await Promise.resolve();
    pending = ['b', 'c'];
    behind.soon();
    const second = behind.flush();
    const settled = behind.settled.then(() => steps.push('settled'));
    finish();
    await first;
    await new Promise(setImmediate);
    assert.deepEqual(steps, ['begin a', 'end a', 'begin bc']);
    finish();
    await Promise.all([second, settled]);
    assert.deepEqual(steps, ['begin a', 'end a', 'begin bc', 'end bc', 'settled']);
  });

  it('tells of a write that failed, and goes on with the next', async () => {
    const told: unknown[] = [];
    let writes = 0;
    const behind = new WriteBehind(
      () => {
        writes += 1;
        return writes === 1 ? Promise.reject(new Error('disk full')) : Promise.resolve();
      },
      (error) => told.push((error as Error).message),
      NEVER_MS,
    );
    behind.soon();
    await behind.flush();
    behind.soon();
    await behind.flush();
    assert.deepEqual([told, writes], [['disk full'], 2]);
  });
});
