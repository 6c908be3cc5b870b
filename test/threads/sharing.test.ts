import assert from 'node:assert/strict';
import {lstat, mkdir, readdir, rename} from 'node:fs/promises';
import {join} from 'node:path';

import {planSharing} from '../../src/threads/sharing-plan.js';
import {applySharing, unshare} from '../../src/threads/sharing.js';
import {RolloutWriter} from '../support/rollouts.js';
import {Sandbox} from '../support/sandbox.js';
import {makeUnreadable} from '../support/unreadable.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';

describe('sharing where something cannot be read', () => {
  let sandbox: Sandbox;
  let from: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    for (const name of ['alpha', 'beta']) await sandbox.store.add(name);
    from = join(sandbox.home, 'source');
    await mkdir(from);
  });
  afterEach(() => sandbox.remove());

  const plan = () => planSharing(sandbox.store, {from, accounts: [], threads: true, config: false});

  it('copies no thread while those of one account are out of sight', async () => {
    await RolloutWriter.begun(ID, '/work', 'paint it').write(sandbox.accountHome('alpha'));
    await makeUnreadable(join(sandbox.accountHome('beta'), 'sessions'));
    await assert.rejects(applySharing(sandbox.store, await plan()), {
      code: 'threads_unreadable',
      message: /^The threads of beta could not be read \(ELOOP: /,
    });
    assert.deepEqual(await readdir(from), []);
    assert.deepEqual((await sandbox.store.sharing.read()).links, []);
  });

  it('leaves no copy behind where one of the threads could not be copied', async () => {
    await RolloutWriter.begun(ID, '/work', 'paint it').write(sandbox.accountHome('alpha'));
    const other = RolloutWriter.begun(ID.replace('01a2', '01a3'), '/work', 'paint that');
    await makeUnreadable(other.pathIn(sandbox.accountHome('beta')));
    await assert.rejects(applySharing(sandbox.store, await plan()), /ELOOP/);
    const left = await readdir(from, {recursive: true, withFileTypes: true});
    assert.deepEqual(
      left.filter((entry) => entry.isFile()).map(({name}) => name),
      [],
    );
  });

  it('is not taken back by halves while the shared threads are out of sight', async () => {
    await RolloutWriter.begun(ID, '/work', 'paint it').write(sandbox.accountHome('alpha'));
    await applySharing(sandbox.store, await plan());
    const before = await sandbox.store.sharing.read();
    const sessions = join(sandbox.accountHome('beta'), 'sessions');
    assert.ok((await lstat(sessions)).isSymbolicLink());
    await rename(join(from, 'archived_sessions'), join(from, 'aside'));
    await makeUnreadable(join(from, 'archived_sessions'));
    await assert.rejects(unshare(sandbox.store, []), {code: 'threads_unreadable'});
    assert.deepEqual(await sandbox.store.sharing.read(), before);
    assert.ok((await lstat(sessions)).isSymbolicLink());
  });

  it('is not planned while nobody can tell whether a Codex is running', async () => {
    await makeUnreadable(join(sandbox.accountHome('beta'), 'thread-writer-locks', `${ID}.lock`));
    await assert.rejects(plan(), {code: 'threads_unreadable', message: /of beta .*ELOOP/});
  });
});
