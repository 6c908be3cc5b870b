import assert from 'node:assert/strict';
import {mkdir, open, readFile, readdir, rename, rm, symlink} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

import {tryLock} from 'fs-native-extensions';

import type {Account} from '../../src/accounts/store/store.js';
import {findRollout} from '../../src/codex/threads/rollout-files.js';
import {bringThread, copiesOf} from '../../src/threads/bring.js';
import {RolloutWriter} from '../support/rollouts.js';
import {Sandbox} from '../support/sandbox.js';
import {makeUnreadable} from '../support/unreadable.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';

/** The states of one thread, from its beginning on, and one that was continued apart. */
const begun = () => RolloutWriter.begun(ID, '/work', 'paint it').reasons('secret');
const STATES = {
  old: begun(),
  new: begun().answers('painted'),
  apart: begun().says('no, stop'),
  sealed: begun().add('compacted', {
    message: '',
    replacement_history: [{type: 'compaction', encrypted_content: 'gAAAA'}],
  }),
};
type State = keyof typeof STATES | 'unreadable';

describe('bringing a thread to an account', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    unarchived = 0;
    for (const name of ['alpha', 'beta', 'gamma']) await sandbox.store.add(name);
  });
  afterEach(() => sandbox.remove());

  async function put(copies: Record<string, State>): Promise<void> {
    for (const [name, state] of Object.entries(copies)) {
      if (state === 'unreadable') await makeUnreadable(join(sandbox.accountHome(name), 'sessions'));
      else await STATES[state].write(sandbox.accountHome(name));
    }
  }

  /** As Codex does it; its sub-agents come along there. */
  let unarchived = 0;
  const unarchive = async (): Promise<void> => {
    unarchived++;
    const path = begun().pathIn(sandbox.accountHome('beta'));
    await mkdir(dirname(path), {recursive: true});
    await rename(archived(), path);
  };
  const archived = (): string =>
    join(
      sandbox.accountHome('beta'),
      'archived_sessions',
      basename(begun().pathIn(sandbox.accountHome('beta'))),
    );

  const toBeta = async (writtenBy: string | null = null) =>
    bringThread(sandbox.store, ID, await sandbox.store.account('beta'), {writtenBy, unarchive});

  const textIn = (name: string) => readFile(begun().pathIn(sandbox.accountHome(name)), 'utf8');

  type Case = {
    what: string;
    copies: Record<string, State>;
    writtenBy?: string;
    /** Null: nobody has it. A word: the code of an error. */
    from: string | null | {error: string};
    unread?: string[];
  };
  const CASES: Case[] = [
    {what: 'nobody has it', copies: {}, from: null},
    {what: 'only another has it', copies: {alpha: 'new'}, from: 'alpha'},
    {what: 'it has the newest itself', copies: {alpha: 'old', beta: 'new'}, from: 'beta'},
    {what: 'both have the same', copies: {alpha: 'new', beta: 'new'}, from: 'beta'},
    {what: 'another has a newer state', copies: {alpha: 'new', beta: 'old'}, from: 'alpha'},
    {what: 'the newest of several counts', copies: {alpha: 'old', gamma: 'new'}, from: 'gamma'},
    {what: 'its own was continued apart', copies: {alpha: 'new', beta: 'apart'}, from: 'beta'},
    {what: 'both have it, compacted remotely', copies: {alpha: 'sealed', beta: 'sealed'}, from: 'beta'},
    {what: 'it was compacted remotely', copies: {alpha: 'sealed'}, from: {error: 'thread_sealed'}},
    {
      what: 'a third cannot be read',
      copies: {alpha: 'new', gamma: 'unreadable'},
      from: 'alpha',
      unread: ['gamma'],
    },
    {
      what: 'it may be where nobody can look',
      copies: {gamma: 'unreadable'},
      from: {error: 'threads_unreadable'},
    },
    {
      what: 'the one that wrote it last cannot be read',
      copies: {alpha: 'old', gamma: 'unreadable'},
      writtenBy: 'gamma',
      from: {error: 'threads_unreadable'},
    },
    {
      what: 'its own home cannot be read',
      copies: {alpha: 'new', beta: 'unreadable'},
      from: {error: 'threads_unreadable'},
    },
  ];
  for (const {what, copies, writtenBy, from, unread = []} of CASES) {
    it(`${what}: ${from === null ? 'none' : typeof from === 'string' ? `from ${from}` : from.error}`, async () => {
      await put(copies);
      if (typeof from === 'object' && from !== null) {
        await assert.rejects(toBeta(writtenBy), {code: from.error});
        return;
      }
      const brought = await toBeta(writtenBy);
      assert.equal(brought?.from ?? null, from);
      assert.deepEqual(brought?.unread.map(({account}) => account) ?? [], unread);
      if (brought === null) return;
      assert.equal(brought.rollout, begun().pathIn(sandbox.accountHome('beta')));
      const original = await textIn(brought.from);
      if (brought.from === 'beta') return;
      assert.match(original, /secret/);
      assert.equal(Buffer.byteLength(await textIn('beta')), Buffer.byteLength(original));
    });
  }

  it('keeps aside what was continued apart', async () => {
    await put({beta: 'apart'});
    await STATES.new.copy().answers('and once more').write(sandbox.accountHome('alpha'));
    const brought = await toBeta();
    assert.equal(brought?.from, 'alpha');
    assert.equal(await readFile(brought.keptAside[0] ?? '', 'utf8'), STATES.apart.text);
  });

  const OTHERS = ['01a2054e', '01a2054f'].map((start) => `${start}-ffdb-7790-bf0d-3e89d8c89a0a`);
  const [FORK = '', AGENT = ''] = OTHERS;
  const fork = (parent = STATES.old) =>
    new RolloutWriter(FORK).add('session_meta', {
      id: FORK,
      history_base: {thread_id: ID, end_byte_offset: Buffer.byteLength(parent.text)},
    });
  const agent = () => new RolloutWriter(AGENT).add('session_meta', {id: AGENT, parent_thread_id: ID});
  const bringFork = async () =>
    bringThread(sandbox.store, FORK, await sandbox.store.account('beta'), {unarchive});

  for (const {what, copies, holder, error} of [
    {what: 'where the fork is', copies: {alpha: 'new'}, holder: 'alpha'},
    {what: 'elsewhere', copies: {gamma: 'old'}, holder: 'alpha'},
    {what: 'not where the fork has been brought without it', copies: {alpha: 'new'}, holder: 'beta'},
    {what: 'nowhere', copies: {}, holder: 'alpha', error: 'thread_incomplete'},
    {
      what: 'perhaps where nobody can look',
      copies: {gamma: 'unreadable'},
      holder: 'alpha',
      error: 'threads_unreadable',
    },
  ] as {what: string; copies: Record<string, State>; holder: string; error?: string}[]) {
    it(`brings a fork whose past is ${what}: ${error ?? 'with it'}`, async () => {
      await put(copies);
      await fork().write(sandbox.accountHome(holder));
      if (error !== undefined) {
        await assert.rejects(bringFork(), {code: error});
        assert.equal(await findRollout(sandbox.accountHome('beta'), FORK), null);
        return;
      }
      assert.equal((await bringFork())?.from, holder);
      assert.ok(await findRollout(sandbox.accountHome('beta'), FORK));
      assert.equal((await textIn('beta')).length, STATES.old.text.length);
    });
  }

  for (const [what, own, kept] of [
    ['a newer one that goes on apart', begun().says('no, stop').answers('stopped'), false],
    ['an older one that goes on apart', begun().says('no'), false],
    ['one that went on after the fork', begun().answers('painted').says('red, now').answers('red'), true],
  ] as [string, RolloutWriter, boolean][]) {
    it(`never takes the place of a parent with its past: ${what}`, async () => {
      await put({alpha: 'new'});
      await own.write(sandbox.accountHome('beta'));
      const before = await textIn('beta');
      await fork(STATES.new).write(sandbox.accountHome('alpha'));
      if (kept) assert.deepEqual((await bringFork())?.keptAside, []);
      else
        await assert.rejects(bringFork(), {
          code: 'thread_past_differs',
          message: new RegExp(`fork of thread ${ID}, with which beta went on otherwise`),
        });
      assert.equal(await textIn('beta'), before);
      assert.equal((await findRollout(sandbox.accountHome('beta'), FORK)) !== null, kept);
    });
  }

  it('brings its sub-agents along, but leaves one behind that was compacted remotely', async () => {
    await put({alpha: 'new'});
    for (const [id, more] of [
      [AGENT, {message: '', replacement_history: []}],
      [FORK, {message: '', replacement_history: [{type: 'compaction', encrypted_content: 'gAAAA'}]}],
    ] as const)
      await new RolloutWriter(id)
        .add('session_meta', {id, parent_thread_id: ID})
        .add('compacted', more)
        .write(sandbox.accountHome('alpha'));
    assert.deepEqual((await toBeta())?.leftBehind, [{id: FORK, why: 'sealed'}]);
    assert.ok(await findRollout(sandbox.accountHome('beta'), AGENT));
    assert.equal(await findRollout(sandbox.accountHome('beta'), FORK), null);
  });

  it('takes reasoning out of all that a shared thread rests on', async () => {
    await put({alpha: 'new'});
    for (const one of [fork(), agent().reasons('secret')]) await one.write(sandbox.accountHome('alpha'));
    const sessions = (name: string) => join(sandbox.accountHome(name), 'sessions');
    await rm(sessions('beta'), {recursive: true, force: true});
    await symlink(sessions('alpha'), sessions('beta'));
    await bringThread(sandbox.store, FORK, await sandbox.store.account('beta'), {
      writtenBy: 'alpha',
      unarchive,
    });
    assert.doesNotMatch(await textIn('beta'), /secret/);
    await toBeta('alpha');
    assert.doesNotMatch(await readFile(agent().pathIn(sandbox.accountHome('beta')), 'utf8'), /secret/);
  });

  it('takes the reasoning of the one that wrote last out of a file that both share', async () => {
    await put({alpha: 'new'});
    await rm(join(sandbox.accountHome('beta'), 'sessions'), {recursive: true, force: true});
    await symlink(
      join(sandbox.accountHome('alpha'), 'sessions'),
      join(sandbox.accountHome('beta'), 'sessions'),
    );
    assert.equal((await toBeta())?.from, 'beta');
    assert.match(await textIn('beta'), /secret/);
    assert.equal((await toBeta('alpha'))?.from, 'alpha');
    assert.doesNotMatch(await textIn('beta'), /secret/);
  });

  /** What beta has of the thread is archived. */
  async function archive(state: State): Promise<void> {
    await put({beta: state});
    await mkdir(dirname(archived()), {recursive: true});
    await rename(begun().pathIn(sandbox.accountHome('beta')), archived());
  }

  for (const [what, copies, from] of [
    ['its own', {}, 'beta'],
    ['an older one than another has', {alpha: 'new'}, 'alpha'],
  ] as [string, Record<string, State>, string][]) {
    it(`takes it out of the archive of its home: ${what}`, async () => {
      await archive('old');
      await put(copies);
      const brought = await toBeta();
      assert.equal(unarchived, 1);
      assert.equal(brought?.from, from);
      assert.equal(brought.rollout, begun().pathIn(sandbox.accountHome('beta')));
      const files = await readdir(dirname(archived()));
      assert.deepEqual(files, []);
      assert.equal(/painted/.test(await textIn('beta')), from === 'alpha');
    });
  }

  /** Holds the lock of a thread as a Codex does that writes it. */
  async function busy(name: string, id: string): Promise<() => Promise<void>> {
    const folder = join(sandbox.accountHome(name), 'thread-writer-locks');
    await mkdir(folder, {recursive: true});
    const file = await open(join(folder, `${id}.lock`), 'a+');
    assert.ok(tryLock(file.fd));
    return async () => file.close();
  }

  const REFUSED: {
    what: string;
    state: State;
    others: () => Promise<unknown>;
    holds?: [string, string];
    error: string;
  }[] = [
    {
      what: 'another compacted it remotely',
      state: 'old',
      others: async () => put({alpha: 'sealed'}),
      error: 'thread_sealed',
    },
    {
      what: 'a fork rests on its state',
      state: 'apart',
      others: async () => {
        await STATES.new.copy().answers('and once more').write(sandbox.accountHome('alpha'));
        await fork(STATES.apart).write(sandbox.accountHome('beta'));
      },
      error: 'thread_past_differs',
    },
    {
      what: 'the other writes it',
      state: 'old',
      others: async () => put({alpha: 'new'}),
      holds: ['alpha', ID],
      error: 'thread_busy',
    },
    {
      what: 'the newest is a fork of what nobody has',
      state: 'old',
      others: async () =>
        STATES.new
          .copy()
          .write(
            sandbox.accountHome('alpha'),
            STATES.new.text.replace(
              '"payload":{',
              `"payload":{"history_base":{"thread_id":"${OTHERS[1] ?? ''}","end_byte_offset":9},`,
            ),
          ),
      error: 'thread_incomplete',
    },
    {
      what: 'a sub-agent of it is open here',
      state: 'old',
      others: async () => {
        await put({alpha: 'new'});
        await agent().write(sandbox.accountHome('alpha'));
      },
      holds: ['beta', AGENT],
      error: 'thread_busy',
    },
  ];
  for (const {what, state, others, holds, error} of REFUSED) {
    for (const isArchived of [true, false]) {
      it(`changes nothing where ${what}: ${error}, ${isArchived ? 'archived' : 'in its place'}`, async () => {
        await (isArchived ? archive(state) : put({beta: state}));
        await others();
        const free = holds && (await busy(...holds));
        const path = isArchived ? archived() : begun().pathIn(sandbox.accountHome('beta'));
        await assert.rejects(toBeta(), {code: error});
        await free?.();
        assert.equal(unarchived, 0);
        assert.equal(await readFile(path, 'utf8'), STATES[state as keyof typeof STATES].text);
      });
    }
  }

  it('takes reasoning out of nothing while a sub-agent that shares it is open', async () => {
    await put({alpha: 'new'});
    await agent().reasons('secret').write(sandbox.accountHome('alpha'));
    const sessions = (name: string) => join(sandbox.accountHome(name), 'sessions');
    await rm(sessions('beta'), {recursive: true, force: true});
    await symlink(sessions('alpha'), sessions('beta'));
    const free = await busy('beta', AGENT);
    await assert.rejects(toBeta('alpha'), {code: 'thread_busy'});
    await free();
    assert.match(await textIn('beta'), /secret/);
  });

  it('lists copies from the newest on, the preferred first among equals', async () => {
    await put({alpha: 'old', beta: 'new', gamma: 'new'});
    const accounts: Account[] = await sandbox.store.accounts();
    for (const preferred of ['beta', 'gamma']) {
      const {copies} = await copiesOf(accounts, ID, preferred);
      const others = ['beta', 'gamma'].filter((name) => name !== preferred);
      assert.deepEqual(
        copies.map(({account}) => account.name),
        [preferred, ...others, 'alpha'],
      );
    }
  });
});
