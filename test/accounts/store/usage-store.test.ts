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

  it('lets a refusal outrank later polls and rollouts until the reset', () => {
    const refused = mergeSample(EMPTY, sample('gateway', NOW, {...window(100), refused: true}));
    assert.deepEqual(percents(mergeSample(refused, sample('live', NOW + 1000, window(97)))), [100]);
    assert.deepEqual(percents(mergeSample(refused, sample('rollout', NOW + 1000, window(97)))), [100]);
    const afterReset = sample('live', NOW + 2 * HOUR, window(3, NOW + 6 * HOUR));
    assert.deepEqual(percents(mergeSample(refused, afterReset)), [3]);
  });

  it('lets the gateway itself take a refusal back', () => {
    const refused = mergeSample(EMPTY, sample('gateway', NOW, {...window(100), refused: true}));
    assert.deepEqual(percents(mergeSample(refused, sample('gateway', NOW + 1000, window(12)))), [12]);
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
      Array.from({length: 8}, (_, at) => usage.recordUsage(`account${at}`, [window(at)], 'gateway', NOW)),
    );
    const file = await usage.read();
    assert.equal(Object.keys(file.accounts).length, 8);
    assert.deepEqual(percents(usageOf(file, 'account7')), [7]);
  });

  it('goes with an account that is renamed or removed', async () => {
    const {store} = sandbox;
    await store.usage.recordUsage('a', [window(42)], 'gateway', NOW);
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
    await usage.recordUsage('a', [window(10)], 'gateway', NOW);
    await usage.recordUsage('a', [window(10.2)], 'gateway', NOW + 1000);
    await usage.recordUsage('a', [window(12)], 'gateway', NOW + 2000);
    const lines = (await readFile(join(sandbox.dataDir, 'history.jsonl'), 'utf8')).trim().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as {usedPercent: number}).usedPercent),
      [10, 12],
    );
  });
});
