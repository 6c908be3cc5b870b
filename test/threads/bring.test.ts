import assert from 'node:assert/strict';
import {readFile, rm, symlink} from 'node:fs/promises';
import {join} from 'node:path';

import type {Account} from '../../src/accounts/store/store.js';
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
    for (const name of ['alpha', 'beta', 'gamma']) await sandbox.store.add(name);
  });
  afterEach(() => sandbox.remove());

  async function put(copies: Record<string, State>): Promise<void> {
    for (const [name, state] of Object.entries(copies)) {
      if (state === 'unreadable') await makeUnreadable(join(sandbox.accountHome(name), 'sessions'));
      else await STATES[state].write(sandbox.accountHome(name));
    }
  }

  const toBeta = async (writtenBy: string | null = null) =>
    bringThread(sandbox.store, ID, await sandbox.store.account('beta'), writtenBy);

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
    assert.equal(await readFile(brought.keptAside ?? '', 'utf8'), STATES.apart.text);
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
