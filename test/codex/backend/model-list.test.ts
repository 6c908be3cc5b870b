import assert from 'node:assert/strict';
import {mkdir, mkdtemp, rm, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {modelsToldSince, readModelList} from '../../../src/codex/backend/model-list.js';

describe('an answer of GET models', () => {
  const cases: [what: string, answer: unknown, models: string[] | null][] = [
    ['names models, hidden ones too', {models: [{slug: 'a'}, {slug: 'b', visibility: 'hide'}]}, ['a', 'b']],
    ['names one twice', {models: [{slug: 'a'}, {slug: 'a'}]}, ['a']],
    ['has entries of another kind', {models: [null, 'x', {}, {slug: 7}, {slug: ''}, {slug: 'a'}]}, ['a']],
    ['names none', {models: []}, null],
    ['is an error', {detail: 'Not Found'}, null],
    ['has another shape', {models: {a: {slug: 'a'}}}, null],
    ['is no object', ['a'], null],
    ['is none', undefined, null],
  ];
  for (const [what, answer, models] of cases) it(what, () => assert.deepEqual(readModelList(answer), models));
});

describe('the models that a Codex was told', () => {
  const NOW = Date.UTC(2026, 10, 25, 12);
  let home: string;
  let path: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'cao-test-'));
    path = join(home, 'models_cache.json');
  });
  afterEach(() => rm(home, {recursive: true}));

  const cached = (text: string): Promise<void> => writeFile(path, text);
  const cache = (fetchedAtMs: number): string =>
    JSON.stringify({fetched_at: new Date(fetchedAtMs).toISOString(), models: [{slug: 'a'}]});

  it('are those of its cache, once it was told them since', async () => {
    await cached(cache(NOW));
    assert.deepEqual(await modelsToldSince(home, NOW), ['a']);
    assert.equal(await modelsToldSince(home, NOW + 1), null);
  });

  it('are not looked for in a cache that has not changed since', async () => {
    await cached(cache(NOW));
    await utimes(path, new Date(NOW), new Date(NOW));
    assert.equal(await modelsToldSince(home, NOW + 1000), null);
  });

  for (const [what, text] of [
    ['is cut short', '{"fetched_at": "2026'],
    ['has no time', '{"models": [{"slug": "a"}]}'],
    ['is too large', `${' '.repeat(8 * 1024 * 1024)}${cache(NOW)}`],
  ] as const) {
    it(`are unknown where the cache ${what}`, async () => {
      await cached(text);
      assert.equal(await modelsToldSince(home, NOW), null);
    });
  }

  it('are unknown without a cache, and where there is a folder in its place', async () => {
    assert.equal(await modelsToldSince(home, NOW), null);
    await mkdir(path);
    assert.equal(await modelsToldSince(home, NOW), null);
  });
});
