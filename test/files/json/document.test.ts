import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, stat, symlink, truncate, writeFile} from 'node:fs/promises';
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';

import {z} from 'zod';

import {CaoError} from '../../../src/errors/index.js';
import {type Damaged, JsonDocument} from '../../../src/files/json/document.js';
import {Sandbox} from '../../support/sandbox.js';

const schema = z.looseObject({
  count: z.number(),
  name: z.string().optional(),
  items: z.array(z.string()).optional(),
});
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

  const open = (damaged: Damaged = 'restart'): JsonDocument<Content> =>
    new JsonDocument({
      path,
      schema,
      empty: () => ({count: 0}),
      damaged,
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

  /** Of which nothing can be read: the bytes, and the reason that is told. */
  const damages: [string, Buffer | string, RegExp][] = [
    ['is cut', '{"count": 1', /not JSON/],
    ['is empty', '', /empty, so not JSON/],
    ['holds zeros, as after a crash', Buffer.alloc(64), /not JSON/],
    ['lacks what it must have', '{"name": "x"}', /count|top level/],
    ['is an array', '[]', /top level/],
    ['is a number', '5', /top level/],
    ['is null', 'null', /top level/],
  ];
  for (const [what, bytes, reason] of damages) {
    it(`is moved aside and said to be so, with the way back, when it ${what} and is learned again`, async () => {
      await writeFile(path, bytes);
      assert.deepEqual(await open().read(), {count: 0});
      const [aside] = (await readdir(folder)).filter((name) => name.startsWith('document.json.corrupt-'));
      assert.ok(aside !== undefined);
      assert.deepEqual(await readFile(join(folder, aside)), Buffer.from(bytes));
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', reason);
      assert.ok(problems[0]?.includes(aside));
      assert.match(problems[0] ?? '', /cao doctor --fix$/);
    });

    it(`stays where it is, and is neither read nor written, when it ${what} and nobody can do without it`, async () => {
      await writeFile(path, bytes);
      await assert.rejects(open('refuse').read(), isUnreadable(reason));
      await assert.rejects(open('refuse').update(increment), isUnreadable(reason));
      assert.deepEqual(await readFile(path), Buffer.from(bytes));
      assert.deepEqual((await readdir(folder)).sort(), ['.lock', 'document.json']);
    });

    it(`stays where it is, and its defaults are used, when it ${what} and has some`, async () => {
      await writeFile(path, bytes);
      assert.deepEqual(await open('defaults').read(), {count: 0});
      assert.match(problems.join(), /its defaults are used until it is mended/);
      await assert.rejects(open('defaults').read({strict: true}), isUnreadable(reason));
      await assert.rejects(open('defaults').update(increment), isUnreadable(reason));
      assert.deepEqual(await readFile(path), Buffer.from(bytes));
    });
  }

  /** Of which all can be read. */
  const marked = '\uFEFF{"count": 1}';
  const encodings: [string, Buffer][] = [
    ['begins with a byte order mark', Buffer.from(marked)],
    ['is UTF-16', Buffer.from(marked, 'utf16le')],
    ['is UTF-16 the other way round', Buffer.from(marked, 'utf16le').swap16()],
    ['is UTF-16 without a mark', Buffer.from('{"count": 1}', 'utf16le')],
    ['has Windows line ends', Buffer.from('{\r\n"count": 1\r\n}\r\n')],
  ];
  for (const [what, bytes] of encodings) {
    it(`is read like any other when it ${what}, and written in UTF-8`, async () => {
      await writeFile(path, bytes);
      assert.deepEqual(await open('refuse').read(), {count: 1});
      assert.deepEqual(await open('refuse').update(increment), {count: 2});
      assert.equal(await readFile(path, 'utf8'), '{\n  "count": 2\n}\n');
      assert.deepEqual(problems, []);
    });
  }

  it('keeps what it does not understand, says what that is, and leaves it alone', async () => {
    await writeFile(path, '{"count": 1, "name": 5, "items": ["a", {"b": 1}, "c"], "later": true}');
    assert.deepEqual(await open().read(), {count: 1, items: ['a', 'c'], later: true});
    assert.match(
      problems.join(),
      /items\[1\] is not understood \(.*\), and 1 more; it is passed over and left/,
    );
    await open().update((content) => ({...content, count: 2, items: [...(content.items ?? []), 'd']}));
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), {
      count: 2,
      name: 5,
      items: ['a', {b: 1}, 'c', 'd'],
      later: true,
    });
  });

  it('keeps a copy of itself where a part that it does not understand is replaced', async () => {
    const text = '{"count": 1, "items": {"a": {}}}';
    await writeFile(path, text);
    await open().update((content) => ({...content, items: ['b']}));
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), {count: 1, items: ['b']});
    const [copy] = (await readdir(folder)).filter((name) => name.includes('.corrupt-'));
    assert.equal(await readFile(join(folder, copy ?? ''), 'utf8'), text);
    assert.match(problems.join(), /what stood at items has been replaced; the file as it was is kept in/);
  });

  it('is read as far as it can be, and not written, when its version is newer', async () => {
    for (const version of ['2', '"2"', '1.5']) {
      const text = `{"version": ${version}, "count": 1, "items": {"a": 1}}`;
      await writeFile(path, text);
      assert.equal((await open().read()).count, 1);
      await assert.rejects(
        open().update(increment),
        (error) =>
          error instanceof CaoError &&
          error.code === 'newer_file' &&
          error.message.includes(path) &&
          error.suggestions.length === 2,
      );
      assert.equal(await readFile(path, 'utf8'), text);
    }
    assert.match(problems.join(), /written by a newer cao/);
  });

  it('is of our version with one that is no number', async () => {
    for (const version of ['1', 'null', '"abc"', '{}']) {
      await writeFile(path, `{"version": ${version}, "count": 1}`);
      assert.equal((await open().update(increment)).count, 2);
    }
    assert.deepEqual(problems, []);
  });

  it('begins anew when it is changed while it cannot be read', async () => {
    await writeFile(path, '{cut');
    assert.deepEqual(await open().update(increment), {count: 1});
    assert.deepEqual(await open().read(), {count: 1});
    assert.equal(problems.length, 1);
  });

  it('is not taken into memory when it is larger than it can be', async () => {
    await writeFile(path, '');
    await truncate(path, 3 * 1024 ** 3);
    await assert.rejects(open('refuse').read(), isUnreadable(/3072 MB/));
  });

  const others: [string, () => Promise<unknown>][] = [
    ['a folder', () => mkdir(path)],
    ['a link to itself', () => symlink(path, path)],
    ['a pipe', () => Promise.resolve(execFileSync('mkfifo', [path]))],
  ];
  for (const [what, make] of others) {
    it(`is told apart from ${what} in its place, which stays there`, async function () {
      if (process.platform === 'win32') this.skip();
      await make();
      for (const damaged of ['restart', 'defaults', 'refuse'] as const) {
        await assert.rejects(open(damaged).read(), isUnreadable(/Cannot read/));
        await assert.rejects(open(damaged).update(increment), isUnreadable(/Cannot read/));
      }
      assert.deepEqual(problems, []);
      assert.deepEqual((await readdir(folder)).sort(), ['.lock', 'document.json']);
    });
  }

  function isUnreadable(reason: RegExp): (error: unknown) => boolean {
    return (error) => {
      assert.ok(error instanceof CaoError, String(error));
      assert.equal(error.code, 'unreadable_file');
      assert.ok(error.message.includes(path));
      assert.match(error.message, reason);
      assert.ok(error.suggestions.length > 0);
      return true;
    };
  }
});
