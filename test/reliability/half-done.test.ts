import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {settleAll} from '../../src/threads/settle.js';
import {planSharing} from '../../src/threads/sharing-plan.js';
import {applySharing, unshare} from '../../src/threads/sharing.js';
import {bringThread} from '../../src/threads/bring.js';
import {CaoError} from '../../src/errors/index.js';
import {
  THREAD,
  deadFrom,
  fullFrom,
  keptAs,
  loginOf,
  nextCommand,
  readOnly,
  richSandbox,
  seen,
  stateOf,
  under,
  withoutSync,
} from '../support/half-done.js';
import {cao} from '../support/cao.js';
import {caoInProcess} from '../support/in-process.js';
import {setFaults} from '../support/faults.mjs';
import {IS_LONG, points} from '../support/soak.js';
import type {Sandbox} from '../support/sandbox.js';

type Change = {
  title: string;
  /** Brings the sandbox to where the change begins. */
  before?: (sandbox: Sandbox) => Promise<unknown>;
  make: (sandbox: Sandbox) => Promise<unknown>;
  /** Paths that may stay as the kill left them. */
  without?: RegExp;
  /** How many changes to the file system it makes at least: fewer, and the test looks at nothing. */
  atLeast: number;
};

/** Of the points at which a change may be broken off, the short form tries every so many. */
const STRIDE = 17;

const noFit = {fit: () => Promise.resolve()};

async function planned(sandbox: Sandbox): Promise<Parameters<typeof applySharing>[1]> {
  const options = {from: join(sandbox.home, '.codex'), accounts: ['work'], threads: true, config: false};
  return planSharing(sandbox.store, options);
}

async function withSource(sandbox: Sandbox): Promise<void> {
  const source = join(sandbox.home, '.codex');
  await mkdir(join(source, 'prompts'), {recursive: true});
  await writeFile(join(source, 'AGENTS.md'), 'be kind');
  await writeFile(join(sandbox.accountHome('work'), 'AGENTS.md'), 'its own');
}

const CHANGES: Change[] = [
  {title: 'a rename', make: ({store}) => store.rename('work', 'office'), atLeast: 70},
  {
    title: 'a removal',
    before: ({store}) => unshare(store, ['home']),
    make: ({store}) => store.remove('work', {keepFiles: false}),
    atLeast: 30,
  },
  {
    title: 'a removal that keeps files',
    make: ({store}) => store.remove('home', {keepFiles: true}),
    atLeast: 20,
  },
  {
    title: 'a new login of the same person',
    make: ({store}) => store.replaceLogin('work', loginOf('work'), {forget: false, ...noFit}),
    // The copy is made before; one too many is none too few.
    without: /\.kept-logins/,
    atLeast: 30,
  },
  {
    title: 'a login of somebody else',
    make: ({store}) => store.replaceLogin('work', loginOf('other'), {forget: true, ...noFit}),
    without: /\.kept-logins/,
    atLeast: 40,
  },
  {
    title: 'a login that becomes an account, as an import makes it',
    make: ({store}) => store.replaceLogin('third', loginOf('third'), {forget: false, ...noFit}),
    atLeast: 30,
  },
  {
    title: 'a login that makes a folder an account',
    before: async ({store}) => {
      await store.remove('home', {keepFiles: true});
    },
    make: ({store}) => store.replaceLogin('home', loginOf('third'), {forget: false, ...noFit}),
    without: /\.kept-logins/,
    atLeast: 30,
  },
  {
    title: 'sharing',
    before: withSource,
    make: async (sandbox) => applySharing(sandbox.store, await planned(sandbox)),
    // Copies of threads are made before; they are of threads that are where they were.
    without: /^\.codex\/sessions/,
    atLeast: 60,
  },
  {
    title: 'the end of sharing',
    before: async (sandbox) => {
      await withSource(sandbox);
      await applySharing(sandbox.store, await planned(sandbox));
    },
    make: ({store}) => unshare(store, []),
    atLeast: 40,
  },
];

describe('a change of several files', function () {
  this.timeout(300_000);
  let sandbox: Sandbox;
  let kept: Awaited<ReturnType<typeof keptAs>>;
  let restoreSync: () => void;
  beforeEach(async () => {
    restoreSync = await withoutSync();
    sandbox = await richSandbox();
  });
  afterEach(async () => {
    // A test that took too long has left its faults behind, for every other in this process.
    setFaults([]);
    restoreSync();
    await sandbox.remove();
    await kept.remove();
  });

  /** @returns the states before and after, as they are when nothing goes wrong */
  async function prepare({before, make, without}: Change): Promise<Record<string, string>[]> {
    await before?.(sandbox);
    kept = await keptAs(sandbox);
    const states = [await stateOf(sandbox, without)];
    await make(sandbox);
    states.push(await stateOf(sandbox, without));
    await kept.restore();
    return states;
  }

  for (const change of CHANGES) {
    const {title, make, without} = change;

    it(`is wholly done or not at all by the next command when it is killed at any point: ${title}`, async () => {
      const expected = await prepare(change);
      let outcomes = 0;
      for (const nth of points(STRIDE)) {
        const {hit} = await under(deadFrom(nth), () => make(sandbox));
        if (!hit) {
          assert.ok(nth > change.atLeast, `only ${nth} changes`);
          break;
        }
        await nextCommand(sandbox);
        outcomes |= requireOneOf(await stateOf(sandbox, without), expected, `kill ${nth}`);
        for (const {name, loggedIn} of await seen(sandbox)) assert.ok(loggedIn, `${name} after kill ${nth}`);
        assert.deepEqual(await nextCommand(sandbox), []);
        await kept.restore();
      }
      if (IS_LONG) assert.equal(outcomes, 3, 'both states come about');
    });

    it(`is wholly done or not at all on a disk that fills up at any point: ${title}`, async () => {
      const expected = await prepare(change);
      for (const nth of points(STRIDE)) {
        const {hit, error} = await under(fullFrom(nth), () => make(sandbox));
        if (!hit) break;
        const accounts = await under(fullFrom(1), async () => {
          await nextCommand(sandbox).catch(() => undefined);
          for (const {name, loggedIn} of await seen(sandbox)) assert.ok(loggedIn, `${name} with a full disk`);
        });
        assert.equal(accounts.error, null);
        await nextCommand(sandbox);
        const state = requireOneOf(await stateOf(sandbox, without), expected, `full from ${nth}`);
        // What is told to have failed is not done, unless it is said to be half done.
        const isHalfDone = error instanceof CaoError && error.code === 'half_done';
        if (error !== null && !isHalfDone) assert.equal(state, 1, `full from ${nth} fails half-way`);
        await kept.restore();
      }
    });
  }

  const RENAME = CHANGES[0] as Change;

  it('shows every account with its login where it cannot be finished, as on a disk that cannot be written', async () => {
    await prepare(RENAME);
    const names = new Set<string>();
    for (const nth of points(STRIDE)) {
      if (!(await under(deadFrom(nth), () => RENAME.make(sandbox))).hit) break;
      const {error} = await under(readOnly(), async () => {
        const accounts = await seen(sandbox);
        names.add(accounts.map(({name}) => name).join());
        assert.ok(accounts.length === 2 && accounts.every(({loggedIn}) => loggedIn), `kill ${nth}`);
        const [first] = await sandbox.store.accounts();
        assert.ok(first);
        assert.equal(first.status.lastError, 'of work');
        assert.ok(Object.hasOwn((await sandbox.store.usage.read()).accounts, first.name));
      });
      assert.equal(error, null);
      await kept.restore();
    }
    assert.deepEqual([...names].sort(), ['office,home', 'work,home']);
  });

  it('is told of by a command that can only look, and by the one that finishes it', async () => {
    await prepare(RENAME);
    const rename = {kind: 'rename', from: 'work', to: 'office'} as const;
    // The folder is moved, and nothing else.
    await under({op: 'rename', nth: 3, onwards: true, error: 'EIO'}, () =>
      sandbox.store.rename('work', 'office'),
    );
    assert.deepEqual(
      (await sandbox.store.intentions.pending()).map(({intention}) => intention),
      [rename],
    );
    await under(readOnly(), async () => {
      const {exitCode, stdout, stderr} = await caoInProcess(sandbox, ['list', '--json']);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /"office"/);
      assert.match(stderr, /half done.*cannot be finished yet: .*EROFS/);
    });
    const {exitCode, stdout, stderr} = await caoInProcess(sandbox, ['list']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /office/);
    assert.match(stderr, /had left the rename of work to office half done: it is done now\./);
    assert.equal((await caoInProcess(sandbox, ['list'])).stderr, '');
  });

  it('is left alone where a newer version began it, and doctor names it', async () => {
    await prepare(RENAME);
    const path = join(sandbox.store.folder.intentions, '1-newer.json');
    await mkdir(sandbox.store.folder.intentions);
    await writeFile(path, '{"kind":"merge","names":["work","home"]}');
    assert.deepEqual(await nextCommand(sandbox), []);
    await sandbox.store.rename('work', 'office');
    assert.match(await readFile(path, 'utf8'), /merge/);
    const {stdout} = await caoInProcess(sandbox, ['doctor', '--json']);
    const {issues} = JSON.parse(stdout) as {issues: {code: string; message: string}[]};
    const [issue] = issues.filter(({code}) => code.startsWith('change_'));
    assert.equal(issue?.code, 'change_unknown');
    assert.match(issue.message, /\(merge\).*1-newer\.json/);
  });

  it('keeps others from changing accounts until it can be finished', async () => {
    await prepare(RENAME);
    await under({op: 'rename', nth: 3, onwards: true, error: 'EIO'}, () =>
      sandbox.store.rename('work', 'office'),
    );
    const {error} = await under({op: 'rename', onwards: true, error: 'ENOSPC'}, () =>
      sandbox.store.setDefault('home'),
    );
    assert.ok(error instanceof CaoError && error.code === 'half_done', String(error));
    await sandbox.store.add('third');
    assert.deepEqual(
      (await seen(sandbox)).map(({name}) => name),
      ['office', 'home', 'third'],
    );
  });

  it('is not touched while its process lives', async () => {
    await prepare(RENAME);
    await sandbox.store.intentions.carryOut(
      {kind: 'unshare', accounts: ['home']},
      async () => {
        assert.equal((await cao(sandbox, ['list'])).stderr, '');
        assert.equal((await sandbox.store.sharing.read()).links.length, 2);
        const renamed = await cao(sandbox, ['rename', 'work', 'office']);
        assert.match(renamed.stderr, /What accounts share is being changed/);
      },
      () => Promise.resolve(true),
    );
    await settleAll(sandbox.store);
    assert.deepEqual(await sandbox.store.intentions.pending(), []);
  });
});

describe('an import that moves files away', function () {
  this.timeout(300_000);
  afterEach(() => setFaults([]));

  const SOURCE = ['.codex', 'auth.json'] as const;

  async function withLogin(): Promise<{sandbox: Sandbox; file: string}> {
    const sandbox = await richSandbox();
    const file = join(sandbox.home, ...SOURCE);
    await mkdir(join(sandbox.home, '.codex'), {recursive: true});
    await writeFile(file, loginOf('third'));
    return {sandbox, file};
  }
  const importing = (sandbox: Sandbox): Promise<unknown> =>
    caoInProcess(sandbox, ['import', 'codex-home', '--move', '--default', 'work']);

  it('leaves the login in one place, an account or the file, when it is killed at any point', async () => {
    let outcomes = 0;
    for (const nth of points(3)) {
      const {sandbox, file} = await withLogin();
      try {
        const {hit} = await under({...deadFrom(nth), pathMatches: sandbox.home}, () => importing(sandbox));
        await nextCommand(sandbox);
        const isThere = (await readFile(file).catch(() => null)) !== null;
        const accounts = await seen(sandbox);
        assert.equal(isThere, accounts.length === 2, `kill ${nth}: ${JSON.stringify(accounts)}`);
        assert.ok(accounts.every(({loggedIn}) => loggedIn));
        assert.deepEqual(await nextCommand(sandbox), []);
        outcomes |= isThere ? 1 : 2;
        if (!hit) break;
      } finally {
        await sandbox.remove();
      }
    }
    if (IS_LONG) assert.equal(outcomes, 3, 'both states come about');
  });
});

describe('handing a thread over', function () {
  this.timeout(300_000);
  afterEach(() => setFaults([]));

  it('leaves the thread whole where it was when it is killed at any point, and goes on the next time', async () => {
    for (const nth of points(STRIDE)) {
      const sandbox = await richSandbox();
      try {
        const [work, home] = await sandbox.store.accounts();
        assert.ok(work && home);
        const before = await stateOf(sandbox);
        const bring = () => bringThread(sandbox.store, THREAD, home, {unarchive: () => Promise.resolve()});
        const {hit} = await under(deadFrom(nth), bring);
        for (const [path, content] of Object.entries(before))
          assert.equal((await stateOf(sandbox))[path], content, `${path} after kill ${nth}`);
        if (!hit) break;
        await nextCommand(sandbox);
        const brought = await bring();
        assert.match(await readFile(brought?.rollout ?? '', 'utf8'), /paint[^]*done/);
        assert.ok(brought?.rollout.startsWith(home.home));
      } finally {
        await sandbox.remove();
      }
    }
  });
});

/** @returns 1 for the state before, 2 for the one after */
function requireOneOf(
  state: Record<string, string>,
  [before, after]: Record<string, string>[],
  when: string,
): number {
  if (JSON.stringify(state) === JSON.stringify(before)) return 1;
  if (JSON.stringify(state) === JSON.stringify(after)) return 2;
  // Which of the two it nearly is, the paths show.
  const differs = (other = {} as Record<string, string>) =>
    [...new Set([...Object.keys(state), ...Object.keys(other)])].filter(
      (path) => state[path] !== other[path],
    );
  assert.fail(
    `${when}: not before (${differs(before).join(', ')}), nor after (${differs(after).join(', ')})`,
  );
}
