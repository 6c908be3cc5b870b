import assert from 'node:assert/strict';
import {readFile, readlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {gatewayDocument} from '../../../src/accounts/data/gateway-file.js';
import {routesDocument} from '../../../src/accounts/data/gateway-routes-file.js';
import {readThreads} from '../../../src/accounts/store/gateway-threads.js';
import {readHistory} from '../../../src/accounts/store/history.js';
import {unshare} from '../../../src/threads/sharing.js';
import {THREAD, richSandbox, stateOf} from '../../support/half-done.js';
import type {Sandbox} from '../../support/sandbox.js';

function fail(problem: string): void {
  throw new Error(problem);
}

describe('an account that gets another name', () => {
  let sandbox: Sandbox;
  beforeEach(async () => (sandbox = await richSandbox()));
  afterEach(() => sandbox.remove());

  it('takes along all that is known of it', async () => {
    const {store} = sandbox;
    await store.rename('work', 'office');
    const {folder} = store;
    assert.deepEqual(await store.registry(), {defaultAccount: 'office', accounts: ['office', 'home']});
    assert.equal((await store.status.read())('office').lastError, 'of work');
    assert.deepEqual(Object.keys((await store.usage.read()).accounts), ['office']);
    const gateway = await gatewayDocument(folder, fail).read();
    assert.deepEqual(gateway.reserve, {office: 20});
    assert.deepEqual(gateway.trustedHomes, [folder.home('office')]);
    const {homes} = await routesDocument(folder, fail).read();
    assert.deepEqual(Object.keys(homes), [folder.home('office')]);
    assert.deepEqual(await readThreads(folder), [[THREAD, 'office', []]]);
    assert.deepEqual(
      (await readHistory(folder, 0)).map((entry) => (entry.kind === 'usage' ? entry.account : entry.from)),
      ['office', 'home', 'office'],
    );
    const state = Object.entries(await stateOf(sandbox));
    const rest = state.filter(([path, content]) => /["/]work["/]/.test(`${path} ${content}`));
    // A line of a newer version is not ours to change.
    assert.deepEqual(
      rest.map(([path]) => path.replace(/^@\//, '')),
      ['history.jsonl'],
    );
  });

  it('goes on sharing, as the one that has what others share and as the one that shares', async () => {
    await sandbox.store.rename('work', 'office');
    const skills = join(sandbox.accountHome('home'), 'skills');
    assert.equal(await readFile(join(skills, 'paint'), 'utf8'), 'how to');
    await sandbox.store.add('work');
    await sandbox.store.remove('work', {keepFiles: false});
    assert.deepEqual(await unshare(sandbox.store, []), []);
    assert.equal(await readFile(join(sandbox.accountHome('office'), 'rules', 'own'), 'utf8'), 'its own');
    await assert.rejects(readlink(skills), {code: 'ENOENT'});
  });

  it('is what it was before when it gets its name back', async () => {
    const before = await stateOf(sandbox);
    await sandbox.store.rename('work', 'office');
    await sandbox.store.rename('office', 'work');
    const after = await stateOf(sandbox);
    assert.deepEqual(Object.keys(after), Object.keys(before));
    // What was rewritten has its defaults filled in.
    for (const [path, content] of Object.entries(before))
      if (path !== '@/gateway.json' && path !== '@/account_status.json')
        assert.equal(after[path], content, path);
  });

  it('keeps its name where a file in which that stands is of a newer version, and nothing is half done', async () => {
    for (const file of [
      'account_status.json',
      'gateway.json',
      'gateway.routes.json',
      'sharing.json',
      'usage.json',
    ]) {
      const path = join(sandbox.dataDir, file);
      const content = await readFile(path, 'utf8');
      await writeFile(path, JSON.stringify({...(JSON.parse(content) as object), version: 99}));
      const before = await stateOf(sandbox);
      await assert.rejects(sandbox.store.rename('work', 'office'), {code: 'newer_file'}, file);
      await assert.rejects(sandbox.store.remove('home', {keepFiles: true}), {code: 'newer_file'}, file);
      assert.deepEqual(await stateOf(sandbox), before);
      assert.equal(await sandbox.store.intentions.any(), false);
      await writeFile(path, content);
    }
  });

  it('is not removed with its files while others share them', async () => {
    await assert.rejects(sandbox.store.remove('work', {keepFiles: false}), {
      code: 'home_shared',
      message: 'work has what home share: it would be gone for them too.',
    });
    await sandbox.store.remove('work', {keepFiles: true});
    assert.equal(await readFile(join(sandbox.accountHome('home'), 'skills', 'paint'), 'utf8'), 'how to');
  });
});
