import assert from 'node:assert/strict';
import {appendFile, mkdtemp, rename, rm, stat, symlink, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {fileStamp} from '../../src/files/file-stamp.js';

describe('the stamp of a file', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cao-stamp-'));
    path = join(folder, 'file');
    await writeFile(path, 'one');
  });
  afterEach(() => rm(folder, {recursive: true, force: true}));

  it('stays while the file does, and tells when it was written', async () => {
    const stamp = fileStamp(path);
    assert.deepEqual(fileStamp(path), stamp);
    assert.equal(stamp?.modifiedAtMs, (await stat(path)).mtimeMs);
  });

  const CHANGES: [what: string, change: () => Promise<void>][] = [
    ['more was appended', () => appendFile(path, 'more')],
    ['its time was set', () => utimes(path, 1, 1)],
    [
      'another of the same size and time took its place',
      async () => {
        const {atime, mtime} = await stat(path);
        await writeFile(`${path}.new`, 'two');
        await utimes(`${path}.new`, atime, mtime);
        await utimes(path, atime, mtime);
        await rename(`${path}.new`, path);
      },
    ],
  ];
  for (const [what, change] of CHANGES) {
    it(`is another when ${what}`, async () => {
      const before = fileStamp(path)?.stamp;
      await change();
      assert.notEqual(fileStamp(path)?.stamp, before);
    });
  }

  it('is null where there is no file, and an error where nobody can tell', async () => {
    assert.equal(fileStamp(join(folder, 'missing')), null);
    assert.equal(fileStamp(join(path, 'below')), null);
    await symlink(join(folder, 'loop'), join(folder, 'loop'));
    assert.throws(() => fileStamp(join(folder, 'loop')), {code: 'ELOOP'});
  });
});
