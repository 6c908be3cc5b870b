import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {ThreadObserver} from '../../../src/codex/threads/thread-observer.js';
import {RolloutWriter} from '../../support/rollouts.js';

const id = (n: number) => `01a2054d-000${n}-7790-bf0d-3e89d8c89a0a`;

/** A program that holds files open, and has another one hold others. */
const HOLDER = `
  const {openSync} = require('node:fs');
  const [own, inner] = JSON.parse(process.argv[1]);
  own.forEach((path) => openSync(path, 'r'));
  if (inner === null) process.stdout.write('ready');
  else require('node:child_process').spawn(process.execPath, ['-e', process.env.HOLDER, JSON.stringify([inner, null])], {stdio: 'inherit'});
  process.stdin.on('end', () => process.exit()).resume();
`;

type Held = {thread: number; lock?: boolean};

// Open files are told by /proc or lsof.
(process.platform === 'win32' ? describe.skip : describe)('the thread that a process writes', () => {
  let home: string;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'cao-observer-'));
    await mkdir(join(home, 'thread-writer-locks'));
    // 1 and 4 were begun by a person, 2 by 1, 3 by 2. Each was written later than the one before.
    for (const [n, parent] of [[1], [2, 1], [3, 2], [4]] as const) {
      const meta = {id: id(n), cwd: home, ...(parent === undefined ? {} : {parent_thread_id: id(parent)})};
      await new RolloutWriter(id(n), n * 1_000_000).add('session_meta', meta).write(home);
      await writeFile(join(home, 'thread-writer-locks', `${id(n)}.lock`), '');
    }
  });
  afterEach(async () => {
    if (child?.exitCode === null) {
      child.stdin?.end();
      await once(child, 'close');
    }
    await rm(home, {recursive: true, force: true});
  });

  const filesOf = (held: readonly Held[]) =>
    held.flatMap(({thread, lock = true}) => [
      new RolloutWriter(id(thread)).pathIn(home),
      ...(lock ? [join(home, 'thread-writer-locks', `${id(thread)}.lock`)] : []),
    ]);

  for (const {what, own, inner, expected} of [
    {what: 'is its only one', own: [{thread: 4}], expected: 4},
    {
      what: 'is not a sub-agent’s, though that was written later',
      own: [{thread: 1}, {thread: 2}],
      expected: 1,
    },
    {what: 'is that of a nested sub-agent alone', own: [{thread: 3}], expected: 1},
    {what: 'is the last of several', own: [{thread: 4}, {thread: 1}], expected: 4},
    {what: 'is none that it only reads', own: [{thread: 1}, {thread: 4, lock: false}], expected: 1},
    {what: 'is told without locks too', own: [{thread: 1, lock: false}], expected: 1},
    {what: 'is not that of a Codex that it runs', own: [{thread: 1}], inner: [{thread: 4}], expected: 1},
    {what: 'is that of the program which a wrapper runs', own: [], inner: [{thread: 4}], expected: 4},
    {what: 'is none where it writes none', own: [], expected: null},
  ] as {what: string; own: Held[]; inner?: Held[]; expected: number | null}[]) {
    it(what, async () => {
      const observer = await ThreadObserver.start(home, join(home, 'elsewhere'));
      const files = JSON.stringify([filesOf(own), inner ? filesOf(inner) : null]);
      child = spawn(process.execPath, ['-e', HOLDER, files], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: {...process.env, HOLDER},
      });
      assert.ok(child.stdout && child.pid !== undefined);
      await once(child.stdout, 'data');
      observer.attach(child.pid);
      try {
        assert.equal((await observer.thread())?.id ?? null, expected === null ? null : id(expected));
      } finally {
        observer.stop();
      }
    });
  }
});
