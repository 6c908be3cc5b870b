import assert from 'node:assert/strict';
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {link, mkdir, readFile, stat, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';

import {CaoError} from '../../src/errors/index.js';
import {withLock} from '../../src/files/lock.js';
import {PROJECT_ROOT} from '../support/cao.js';
import {Sandbox} from '../support/sandbox.js';
import {NO_FILES} from '../support/unreadable.js';

/** Holds a lock until it is killed, or who started it is gone; says so once it does. */
const HOLDER = `
  const {openSync} = require('node:fs');
  const {tryLock} = require('fs-native-extensions');
  if (tryLock(openSync(process.argv[1], 'a+'))) console.log('held');
  process.stdin.resume();
`;

describe('a lock', () => {
  let sandbox: Sandbox;
  let path: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    path = join(sandbox.home, 'data', '.lock');
  });
  afterEach(() => sandbox.remove());

  it('gives what the work gives, and leaves a file for its owner alone', async () => {
    assert.equal(await withLock(path, () => Promise.resolve(5)), 5);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(path, '..'))).mode & 0o777, 0o700);
  });

  it('lets one work at a time, in the order asked for', async () => {
    const seen: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ends`);
    };
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    await Promise.all(names.map((name) => withLock(path, work(name))));
    assert.deepEqual(
      seen,
      names.flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
  });

  it('is free again after work that failed', async () => {
    const failed = withLock(path, () => Promise.reject(new Error('no')));
    const next = withLock(path, () => Promise.resolve('yes'));
    await assert.rejects(failed, /no/);
    assert.equal(await next, 'yes');
  });

  it('is not waited for by whoever does not wait, be it held by work that they are within', async () => {
    await withLock(path, async () => {
      await assert.rejects(
        withLock(path, () => Promise.resolve(), {timeoutMs: 0}),
        {code: 'lock_timeout'},
      );
    });
    assert.equal(await withLock(path, () => Promise.resolve('free'), {timeoutMs: 0}), 'free');
  });

  it('does not keep work under another lock waiting', async () => {
    const other = join(sandbox.home, 'data', '.other');
    await withLock(path, () => withLock(other, () => Promise.resolve()));
  });

  it('names who has held it for too long, and nothing that was said to that process', async () => {
    const built = pathToFileURL(join(PROJECT_ROOT, 'dist', 'files', 'lock.js')).href;
    const code = `import(${JSON.stringify(built)}).then(({withLock}) =>
      withLock(process.argv[1], () => (console.log('held'), new Promise((resolve) => process.stdin.resume().once('end', resolve)))))`;
    const child = spawn(process.execPath, ['-e', code, path, 'run', 'exec', 'my secret prompt']);
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    await assert.rejects(
      withLock(path, () => Promise.resolve(), {timeoutMs: 20}),
      (error: CaoError) => {
        assert.equal(error.code, 'lock_timeout');
        assert.match(
          error.message,
          new RegExp(`^Process ${child.pid} \\(cao run exec\\) has held .*\\.lock for 0 s\\.$`),
        );
        assert.match(error.suggestions.join(), new RegExp(`ps -fp ${child.pid}`));
        return true;
      },
    );
    child.kill('SIGCONT');
    child.stdin.end();
    await withLock(path, () => Promise.resolve());
    assert.equal(await readFile(path, 'utf8'), '');
  });

  for (const [what, make] of NO_FILES.slice(0, 3)) {
    it(`is refused with what to look at where ${what} stands in its place`, async () => {
      await mkdir(dirname(path), {recursive: true});
      await make(path);
      await assert.rejects(
        withLock(path, () => Promise.resolve()),
        {code: 'unreadable_file'},
      );
    });
  }

  const onWindows = process.platform === 'win32';
  for (const [what, place, isTaken] of [
    ['a link to it', (file: string) => symlink(file, path), false],
    ['another name of it', (file: string) => link(file, path), true],
    ['the file itself', (file: string) => writeFile(path, `not ${file}`), true],
  ] as [string, (file: string) => Promise<void>, boolean][]) {
    it(`leaves a file of somebody whole where ${what} stands in its place`, async function () {
      if (onWindows) this.skip();
      await mkdir(dirname(path), {recursive: true});
      const file = join(sandbox.home, 'keys');
      await writeFile(file, 'worth keeping');
      await place(file);
      const before = await readFile(path, 'utf8');
      const got = await withLock(path, () => Promise.resolve('held')).catch((error: unknown) => error);
      if (isTaken) assert.equal(got, 'held');
      else assert.ok(got instanceof CaoError, String(got));
      assert.deepEqual(
        [await readFile(file, 'utf8'), await readFile(path, 'utf8')],
        ['worth keeping', before],
      );
    });
  }

  it('makes no file where a link in its place points', async function () {
    if (onWindows) this.skip();
    await mkdir(dirname(path), {recursive: true});
    const elsewhere = join(sandbox.home, 'elsewhere');
    await symlink(elsewhere, path);
    await assert.rejects(
      withLock(path, () => Promise.resolve('held')),
      CaoError,
    );
    await assert.rejects(stat(elsewhere), {code: 'ENOENT'});
  });

  it('is waited for while another process holds it, and free when that one dies', async () => {
    await withLock(path, () => Promise.resolve());
    const holder = await hold(path);
    try {
      await assert.rejects(
        withLock(path, () => Promise.resolve(), {timeoutMs: 20}),
        (error) => error instanceof CaoError && error.code === 'lock_timeout' && error.message.includes(path),
      );
      const waiting = withLock(path, () => Promise.resolve('mine'));
      holder.kill('SIGKILL');
      assert.equal(await waiting, 'mine');
    } finally {
      holder.kill('SIGKILL');
    }
  });
});

async function hold(path: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, ['-e', HOLDER, path], {
    cwd: PROJECT_ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  return holder;
}
