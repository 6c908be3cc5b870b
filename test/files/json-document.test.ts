import assert from 'node:assert/strict';
import {chmod, mkdir, readFile, readdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {z} from 'zod';

import {CaoError} from '../../src/errors/index.js';
import {JsonDocument} from '../../src/files/json-document.js';
import {Sandbox} from '../support/sandbox.js';

const schema = z.looseObject({count: z.number(), name: z.string().optional()});
type Content = z.infer<typeof schema>;

describe('a JSON document', () => {
  let sandbox: Sandbox;
  let folder: string;
  let path: string;
  let problems: string[];

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    folder = join(sandbox.home, 'data');
    path = join(folder, 'document.json');
    problems = [];
    await mkdir(folder, {mode: 0o700});
  });
  afterEach(() => sandbox.remove());

  const open = (): JsonDocument<Content> =>
    new JsonDocument({
      path,
      schema,
      empty: () => ({count: 0}),
      lockPath: join(folder, '.lock'),
      onProblem: (problem) => problems.push(problem),
    });
  const increment = (content: Content): Content => ({...content, count: content.count + 1});

  it('is empty while there is no file, and makes none by being read', async () => {
    assert.deepEqual(await open().read(), {count: 0});
    assert.deepEqual(await readdir(folder), []);
  });

  it('is written for its owner alone, with the keys that nobody knows', async () => {
    await writeFile(path, '{"count": 1, "later": {"a": [1]}}');
    assert.deepEqual(await open().update(increment), {count: 2, later: {a: [1]}});
    assert.equal(
      await readFile(path, 'utf8'),
      '{\n  "count": 2,\n  "later": {\n    "a": [\n      1\n    ]\n  }\n}\n',
    );
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(folder)).sort(), ['.lock', 'document.json']);
  });

  it('is not written when nothing changed', async () => {
    await open().update(increment);
    const {ino, mtimeMs} = await stat(path);
    await open().update((content) => ({...content}));
    const after = await stat(path);
    assert.deepEqual([after.ino, after.mtimeMs], [ino, mtimeMs]);
  });

  it('stays as it was when a change fails', async () => {
    await open().update(increment);
    await assert.rejects(
      open().update(() => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.deepEqual(await open().read(), {count: 1});
  });

  it('loses no change of many at once', async () => {
    const [one, other] = [open(), open()];
    await Promise.all(Array.from({length: 30}, (_, n) => (n % 2 === 0 ? one : other).update(increment)));
    assert.equal((await open().read()).count, 30);
  });

  const corrupt: [string, string, RegExp][] = [
    ['is no JSON', '{"count": 1', /not JSON/],
    ['is empty', '', /not JSON/],
    ['lacks what it must have', '{"name": "x"}', /count/],
    ['has a part of another type', '{"count": 1, "name": 5}', /name/],
    ['is no object', '[]', /top level/],
  ];
  for (const [what, text, reason] of corrupt) {
    it(`is moved aside and said to be so when it ${what}`, async () => {
      await writeFile(path, text);
      assert.deepEqual(await open().read(), {count: 0});
      const [aside] = (await readdir(folder)).filter((name) => name.startsWith('document.json.corrupt-'));
      assert.ok(aside !== undefined);
      assert.equal(await readFile(join(folder, aside), 'utf8'), text);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', reason);
      assert.ok(problems[0]?.includes(aside));
    });
  }

  it('begins anew when it is changed while it cannot be read', async () => {
    await writeFile(path, '{cut');
    assert.deepEqual(await open().update(increment), {count: 1});
    assert.deepEqual(await open().read(), {count: 1});
    assert.equal(problems.length, 1);
  });

  it('is told apart from one that may not be read, which stays where it is', async () => {
    const isUnreadable = (error: unknown): boolean =>
      error instanceof CaoError && error.code === 'unreadable_file' && error.message.includes(path);
    await mkdir(path);
    await assert.rejects(open().read(), isUnreadable);
    await assert.rejects(open().update(increment), isUnreadable);
    await chmod(path, 0o700);
    assert.deepEqual(problems, []);
    assert.ok((await stat(path)).isDirectory());
  });
});
