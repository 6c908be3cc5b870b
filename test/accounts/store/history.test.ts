import assert from 'node:assert/strict';
import {appendFile, stat} from 'node:fs/promises';
import {join} from 'node:path';

import type {HistoryPoint} from '../../../src/contract/index.js';
import {appendHistory, readHistory} from '../../../src/accounts/store/history.js';
import {Sandbox} from '../../support/sandbox.js';

function switchAt(atMs: number, reason = 'usage_limit_reached'): HistoryPoint {
  return {kind: 'switch', atMs, from: 'a', to: 'b', reason, by: 'gateway'};
}

describe('the history', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(() => sandbox.remove());

  it('gives back what was added, since a time', async () => {
    const {folder} = sandbox.store;
    await appendHistory(folder, [switchAt(1000), switchAt(2000)]);
    await appendHistory(folder, [switchAt(3000)]);
    assert.deepEqual(
      (await readHistory(folder, 2000)).map(({atMs}) => atMs),
      [2000, 3000],
    );
  });

  it('stays below its bound and keeps the newest', async () => {
    const {folder} = sandbox.store;
    for (let at = 1; at <= 60; at++) await appendHistory(folder, [switchAt(at)], 2000);
    assert.ok((await stat(folder.historyFile)).size <= 2000);
    const kept = (await readHistory(folder, 0)).map(({atMs}) => atMs);
    assert.equal(kept.at(-1), 60);
    assert.deepEqual(
      kept,
      Array.from({length: kept.length}, (_, at) => 61 - kept.length + at),
    );
  });

  it('passes over lines that cannot be read', async () => {
    const {folder} = sandbox.store;
    await appendHistory(folder, [switchAt(1)]);
    await appendFile(join(sandbox.dataDir, 'history.jsonl'), '{"kind":"sw\n{"kind":"other"}\n');
    await appendHistory(folder, [switchAt(2)]);
    assert.equal((await readHistory(folder, 0)).length, 2);
  });

  it('holds no secret and belongs to the owner alone', async () => {
    const {folder} = sandbox.store;
    await appendHistory(folder, [switchAt(1, 'Bearer abcdefghijklmnop')]);
    const [entry] = await readHistory(folder, 0);
    assert.ok(entry?.kind === 'switch' && !entry.reason.includes('abcdefgh'));
    if (process.platform !== 'win32') assert.equal((await stat(folder.historyFile)).mode & 0o777, 0o600);
  });
});
