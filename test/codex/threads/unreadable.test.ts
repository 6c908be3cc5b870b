import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {newestRollouts} from '../../../src/codex/threads/recent-rollouts.js';
import {findRollout, rolloutsOf} from '../../../src/codex/threads/rollout-files.js';
import {readSessionMeta} from '../../../src/codex/threads/rollout.js';
import {isThreadBusy} from '../../../src/codex/threads/thread-lock.js';
import {ThreadObserver, rolloutsTouchedSince} from '../../../src/codex/threads/thread-observer.js';
import {RolloutWriter} from '../../support/rollouts.js';
import {makeUnreadable} from '../../support/unreadable.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';
const ROLLOUT = new RolloutWriter(ID).pathIn('');

/** What looks into a home, what it says of one with nothing in it, and what keeps it from looking. */
const READERS: [name: string, read: (home: string) => Promise<unknown>, nothing: unknown, path: string][] = [
  ['rolloutsOf', rolloutsOf, [], 'sessions'],
  ['findRollout', (home) => findRollout(home, ID), null, 'sessions'],
  ['rolloutsTouchedSince', (home) => rolloutsTouchedSince(home, 0), [], 'sessions'],
  ['rolloutsTouchedSince, of a file', (home) => rolloutsTouchedSince(home, 0), [], ROLLOUT],
  ['newestRollouts', newestRollouts, [], 'sessions/2026'],
  ['newestRollouts, of a file', newestRollouts, [], ROLLOUT],
  ['isThreadBusy', (home) => isThreadBusy(home, ID, 0), false, `thread-writer-locks/${ID}.lock`],
  ['readSessionMeta', (home) => readSessionMeta(join(home, ROLLOUT)), null, ROLLOUT],
  [
    'ThreadObserver',
    async (home) => {
      const observer = await ThreadObserver.start(home, home);
      observer.stop();
      return observer.thread();
    },
    null,
    'sessions',
  ],
];

describe('a home whose threads cannot be read', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'cao-unreadable-'));
  });
  afterEach(() => rm(home, {recursive: true, force: true}));

  for (const [name, read, nothing, path] of READERS) {
    it(`is not one without threads: ${name}`, async () => {
      assert.deepEqual(await read(home), nothing);
      await makeUnreadable(join(home, path));
      await assert.rejects(read(home), {code: 'ELOOP'});
    });
  }

  it('is one without threads where a file stands in the place of the folder', async () => {
    await writeFile(join(home, 'sessions'), '');
    assert.deepEqual(await rolloutsOf(home), []);
    assert.deepEqual(await newestRollouts(home), []);
  });
});
