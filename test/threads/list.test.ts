import assert from 'node:assert/strict';
import {mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import {findThread, folderOf, threadsIn} from '../../src/threads/find.js';
import {type Thread, type ThreadListing, listThreads} from '../../src/threads/list.js';
import {RolloutWriter} from '../support/rollouts.js';
import {Sandbox} from '../support/sandbox.js';
import {makeUnreadable} from '../support/unreadable.js';

const IDS = ['0192aaaa', '0192bbbb', '0193cccc'].map((start) => `${start}-ffdb-7790-bf0d-3e89d8c89a0a`);
const [ONE = '', TWO = '', THREE = ''] = IDS;

describe('the threads of all accounts', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    for (const name of ['alpha', 'beta']) await sandbox.store.add(name);
  });
  afterEach(() => sandbox.remove());

  const home = (name: string) => sandbox.accountHome(name);
  const begin = (id: string, atMs: number) =>
    new RolloutWriter(id, atMs)
      .add('session_meta', {id, cwd: '/work', source: 'exec'})
      .says(`prompt of ${id}`);
  const listed = ({threads}: ThreadListing) => threads.map(({id, accounts}) => [id, ...accounts]);

  it('are the newest first, each once, with the account of its newest state first', async () => {
    await begin(ONE, 1000).write(home('alpha'));
    await begin(ONE, 1000).answers('more').write(home('beta'));
    await begin(TWO, 50_000).write(home('alpha'));
    const listing = await listThreads(sandbox.store);
    assert.deepEqual(listed(listing), [
      [TWO, 'alpha'],
      [ONE, 'beta', 'alpha'],
    ]);
    assert.deepEqual(listing.unread, []);
    assert.equal(listing.threads[1]?.rollout, begin(ONE, 1000).pathIn(home('beta')));
  });

  it('are many more than are read at a time', async () => {
    const ids = Array.from({length: 50}, (_, at) => ONE.replace('aaaa', String(1000 + at)));
    for (const [at, id] of ids.entries()) await begin(id, 1000 * at).write(home('alpha'));
    assert.deepEqual(
      (await listThreads(sandbox.store)).threads.map(({id}) => id),
      ids.toReversed(),
    );
  });

  for (const [what, text] of [
    ['empty', ''],
    ['not a rollout', 'hello\n'],
    [
      'begun by another thread',
      JSON.stringify({type: 'session_meta', payload: {id: ONE, source: {subagent: 'review'}}}),
    ],
  ] as const) {
    it(`have no file among them that is ${what}`, async () => {
      await begin(ONE, 0).write(home('alpha'), text);
      assert.deepEqual(await listThreads(sandbox.store), {threads: [], unread: []});
    });
  }

  for (const [what, path, reason] of [
    ['the folder', 'sessions', /^ELOOP: .*sessions'$/],
    ['one file', `sessions/2026/11/22/rollout-2026-11-22T10-00-00-${TWO}.jsonl`, /^ELOOP: .*\.jsonl'$/],
  ] as const) {
    it(`are listed for all accounts but the one where ${what} cannot be read`, async () => {
      await begin(ONE, 0).write(home('alpha'));
      await makeUnreadable(join(home('beta'), path));
      const {threads, unread} = await listThreads(sandbox.store);
      assert.deepEqual(
        threads.map(({id}) => id),
        [ONE],
      );
      assert.deepEqual(
        unread.map(({account}) => account),
        ['beta'],
      );
      assert.match(unread[0]?.reason ?? '', reason);
    });
  }

  it('tell of all files of an account that cannot be read in one sentence', async () => {
    for (const id of IDS) await makeUnreadable(begin(id, 0).pathIn(home('beta')));
    const {unread} = await listThreads(sandbox.store);
    assert.equal(unread.length, 1);
    assert.match(unread[0]?.reason ?? '', /^ELOOP: .*, and 2 more like it$/);
  });
});

describe('finding a thread', () => {
  const thread = (id: string, cwd: string | null): Thread => {
    return {
      id,
      accounts: ['a'],
      cwd,
      startedAtMs: 0,
      updatedAtMs: 0,
      firstPrompt: null,
      forkedFrom: null,
      archived: false,
      rollout: '/r',
    };
  };
  const threads = [thread(ONE, '/here'), thread(TWO, '/there'), thread(THREE, '/here')];
  const unread = [{account: 'beta', reason: 'EACCES'}];

  for (const {what, wanted, cwd = '/here', blind = false, expected} of [
    {what: 'by its id', wanted: TWO, expected: TWO},
    {what: 'by the beginning of its id', wanted: '0193', expected: THREE},
    {what: 'in capitals', wanted: TWO.toUpperCase(), expected: TWO},
    {what: 'the newest of a folder', wanted: null, expected: ONE},
    {what: 'though others cannot be read', wanted: TWO, blind: true, expected: TWO},
    {
      what: 'that two ids begin with',
      wanted: '0192',
      expected: {code: 'usage', message: /2 threads begin with 0192/},
    },
    {
      what: 'that is nowhere',
      wanted: 'ffff',
      expected: {code: 'usage', message: /No account has a thread ffff/},
    },
    {
      what: 'of a folder that has none',
      wanted: null,
      cwd: '/x',
      expected: {code: 'no_threads', message: /of \/x/},
    },
    {
      what: 'that may be where nobody could look',
      wanted: 'ffff',
      blind: true,
      expected: {code: 'threads_unreadable', message: /The threads of beta could not be read \(EACCES\)/},
    },
    {
      what: 'of a folder that may have some where nobody could look',
      wanted: null,
      cwd: '/x',
      blind: true,
      expected: {code: 'threads_unreadable'},
    },
  ]) {
    it(what, async () => {
      const found = findThread({threads, unread: blind ? unread : []}, wanted, cwd);
      if (typeof expected === 'string') assert.equal((await found).id, expected);
      else await assert.rejects(found, expected);
    });
  }

  it('in a folder by any of its names', async () => {
    const sandbox = await Sandbox.create();
    try {
      const alias = join(sandbox.home, 'alias');
      await mkdir(join(sandbox.home, 'work'));
      await symlink(join(sandbox.home, 'work'), alias);
      const inWork = thread(ONE, join(sandbox.home, 'work'));
      assert.deepEqual(await threadsIn([inWork, thread(TWO, '/gone')], alias), [inWork]);
      assert.deepEqual(
        (await threadsIn([inWork, thread(TWO, '/gone')], '/gone')).map(({id}) => id),
        [TWO],
      );
    } finally {
      await sandbox.remove();
    }
  });

  it('whose folder Codex can work in', async () => {
    const sandbox = await Sandbox.create();
    try {
      const folder = join(sandbox.home, 'work');
      await mkdir(folder);
      await writeFile(join(dirname(folder), 'file'), '');
      assert.equal(await folderOf({id: ONE, cwd: folder}), folder);
      assert.equal(await folderOf({id: ONE, cwd: null}), process.cwd());
      await rm(folder, {recursive: true});
      const gone = {code: 'thread_folder_missing', message: /is not there any more: .*work$/};
      await assert.rejects(folderOf({id: ONE, cwd: folder}), gone);
      await makeUnreadable(folder);
      const unreachable = {code: 'thread_folder_missing', message: /cannot be reached \(ELOOP.*work$/};
      await assert.rejects(folderOf({id: ONE, cwd: folder}), unreachable);
    } finally {
      await sandbox.remove();
    }
  });
});
