import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {checkPackage, sampleAccount} from 'codex-account-orchestrator/plugin/testing';

import {csvFormatter} from '../lib/formatter.js';

test('the package keeps the contract of cao', async () => {
  assert.deepEqual(await checkPackage(fileURLToPath(new URL('..', import.meta.url))), []);
});

test('one line an account, under a line of titles', async () => {
  const accounts = [sampleAccount({name: 'work'}), sampleAccount({name: 'home', plan: null})];
  const lines = (await csvFormatter.format({generatedAt: '2026-01-01T00:00:00.000Z', accounts})).split(
    '\r\n',
  );
  assert.equal(lines.length, 3);
  assert.match(lines[0] ?? '', /^account,default,/);
  assert.match(lines[2] ?? '', /^home,true,true,,/);
});

test('no cell breaks out of its place or becomes a formula', async () => {
  const accounts = [sampleAccount({plan: 'a "b", c'}), sampleAccount({plan: '=1+1'})];
  const text = await csvFormatter.format({generatedAt: '2026-01-01T00:00:00.000Z', accounts});
  assert.ok(text.includes('"a ""b"", c"'));
  assert.ok(text.includes(",'=1+1,"));
});
