import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {
  type AccountUsage,
  type UsageSample,
  mergeSample,
  windowsAt,
} from '../../../src/accounts/data/usage-file.js';
import {usageOf} from '../../../src/accounts/store/usage-store.js';
import {Sandbox} from '../../support/sandbox.js';

const NOW = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;
const EMPTY: AccountUsage = {windows: []};

function window(
  usedPercent: number,
  resetsAtMs: number | null = NOW + HOUR,
  windowMinutes = 300,
  limitId = 'codex',
) {
  return {limitId, usedPercent, windowMinutes, resetsAtMs};
}

function sample(
  source: UsageSample['source'],
  atMs: number,
  ...windows: UsageSample['windows'][number][]
): UsageSample {
  return {account: 'a', source, atMs, windows};
}

function percents(usage: AccountUsage): number[] {
  return usage.windows.map(({usedPercent}) => usedPercent);
}

describe('merging usage', () => {
  it('lets the newest win, whichever comes first', () => {
    const newer = sample('rollout', NOW, window(60));
    const older = sample('live', NOW - 1000, window(40));
    assert.deepEqual(percents(mergeSample(mergeSample(EMPTY, older), newer)), [60]);
    assert.deepEqual(percents(mergeSample(mergeSample(EMPTY, newer), older)), [60]);
  });

  it('keeps windows of other lengths and other limits apart', () => {
    const first = mergeSample(EMPTY, sample('gateway', NOW, window(10), window(20, NOW, 10_080)));
    const merged = mergeSample(first, sample('gateway', NOW + 1, window(30, NOW, 300, 'model')));
    assert.deepEqual(percents(merged).sort(), [10, 20, 30]);
  });

  it('takes two windows of one length, or of unknown lengths, for two', () => {
    const twins = (first: number, second: number) =>
      [first, second].map((percent) => ({...window(percent, null), windowMinutes: null}));
    const merged = mergeSample(EMPTY, sample('gateway', NOW, ...twins(10, 100)));
    assert.deepEqual(percents(merged), [10, 100]);
    assert.deepEqual(percents(mergeSample(merged, sample('gateway', NOW + 1, ...twins(12, 99)))), [12, 99]);
    assert.deepEqual(percents(mergeSample(merged, sample('live', NOW + 1, ...twins(12, 99)))), [12, 99]);
  });

  it('drops windows that a whole answer of the backend no longer names', () => {
    const before = mergeSample(EMPTY, sample('rollout', NOW, window(10), window(20, NOW + HOUR, 10_080)));
    const after = mergeSample(before, sample('live', NOW + 1, window(5, NOW + HOUR, 43_200)));
    assert.deepEqual(
      after.windows.map(({windowMinutes}) => windowMinutes),
      [43_200],
    );
  });

  it('takes a window whose reset has passed as started over', () => {
    const usage = mergeSample(EMPTY, sample('gateway', NOW, window(80)));
    assert.equal(windowsAt(usage, NOW + HOUR - 1)[0]?.usedPercent, 80);
    assert.deepEqual(
      windowsAt(usage, NOW + HOUR).map(({usedPercent, resetsAtMs}) => [usedPercent, resetsAtMs]),
      [[0, null]],
    );
  });
});

describe('the usage store', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await sandbox.store.add('a');
  });
  afterEach(() => sandbox.remove());

  it('loses nothing when several writers record at once', async () => {
    const {usage} = sandbox.store;
    await Promise.all(
      Array.from({length: 8}, (_, at) =>
        usage.record([{...sample('gateway', NOW, window(at)), account: `account${at}`}]),
      ),
    );
    const file = await usage.read();
    assert.equal(Object.keys(file.accounts).length, 8);
    assert.deepEqual(percents(usageOf(file, 'account7')), [7]);
  });

  it('goes with an account that is renamed or removed', async () => {
    const {store} = sandbox;
    await store.usage.record([sample('gateway', NOW, window(42))]);
    await store.rename('a', 'b');
    assert.deepEqual(percents(usageOf(await store.usage.read(), 'b')), [42]);
    await store.remove('b', {keepFiles: false});
    assert.deepEqual((await store.usage.read()).accounts, {});
  });

  it('takes no account for one that JavaScript has by itself', async () => {
    assert.deepEqual(usageOf(await sandbox.store.usage.read(), 'constructor'), {windows: []});
  });

  it('writes into the history what has moved, once', async () => {
    const {usage} = sandbox.store;
    await usage.record([sample('gateway', NOW, window(10))]);
    await usage.record([sample('gateway', NOW + 1000, window(10.2))]);
    await usage.record([sample('gateway', NOW + 2000, window(12))]);
    const lines = (await readFile(join(sandbox.dataDir, 'history.jsonl'), 'utf8')).trim().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as {usedPercent: number}).usedPercent),
      [10, 12],
    );
  });
});
