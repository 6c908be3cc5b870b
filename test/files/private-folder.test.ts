import assert from 'node:assert/strict';
import {mkdir, stat} from 'node:fs/promises';
import {join} from 'node:path';

import {ensurePrivateFolder, makeFolder} from '../../src/files/private-folder.js';
import {setFaults} from '../support/faults.mjs';
import {Sandbox} from '../support/sandbox.js';

describe('making a folder', () => {
  let sandbox: Sandbox;
  let path: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    path = join(sandbox.home, 'one', 'two', 'three');
  });
  afterEach(async () => {
    setFaults([]);
    await sandbox.remove();
  });

  it('makes those above it too, for the owner alone, and says nothing of one that is there', async () => {
    assert.equal(await makeFolder(path), join(sandbox.home, 'one'));
    assert.equal(await makeFolder(path), undefined);
    assert.ok((await stat(path)).isDirectory());
    if (process.platform !== 'win32')
      assert.equal((await stat(join(sandbox.home, 'one'))).mode & 0o777, 0o700);
  });

  for (const [refusal, code] of [
    ['EROFS', 'not_writable'],
    ['EDQUOT', 'disk_full'],
    ['EIO', 'disk_failed'],
  ] as const) {
    it(`is refused for what the system says (${refusal}), where Node says that nothing is there`, async () => {
      await mkdir(join(sandbox.home, 'one'));
      setFaults([
        {op: 'mkdir', pathMatches: 'three$', error: 'ENOENT'},
        {op: 'mkdir', pathMatches: 'two$', error: refusal},
      ]);
      await assert.rejects(makeFolder(path), {code: refusal});
      setFaults([
        {op: 'mkdir', pathMatches: 'three$', error: 'ENOENT'},
        {op: 'mkdir', pathMatches: 'two$', error: refusal},
      ]);
      await assert.rejects(ensurePrivateFolder(path), {code});
    });
  }
});
