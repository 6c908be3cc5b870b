import assert from 'node:assert/strict';
import {mkdir, mkdtemp, realpath, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {
  ifThere,
  lstatIfThere,
  readTextIfThere,
  readdirIfThere,
  statIfThere,
  statSyncIfThere,
} from '../../src/files/absent.js';

const READERS = {
  readdirIfThere: (path: string) => readdirIfThere(path),
  'readdirIfThere, recursive': (path: string) => readdirIfThere(path, {recursive: true}),
  statIfThere,
  lstatIfThere,
  readTextIfThere,
  ifThere: (path: string) => ifThere(() => realpath(path)),
  statSyncIfThere: (path: string) => Promise.resolve().then(() => statSyncIfThere(path)),
};

describe('reading what need not be there', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cao-absent-'));
    await writeFile(join(root, 'file'), 'text');
    await mkdir(join(root, 'folder', 'deep'), {recursive: true});
    await writeFile(join(root, 'folder', 'deep', 'leaf'), '');
    // A loop of links is unreadable for everyone; rights would not keep root out.
    await symlink(join(root, 'loop'), join(root, 'loop'));
  });
  afterEach(() => rm(root, {recursive: true, force: true}));

  for (const [name, read] of Object.entries(READERS)) {
    const nothing = name.startsWith('readdir') ? [] : null;

    it(`${name} takes what is missing, or below a file, for nothing`, async () => {
      assert.deepEqual(await read(join(root, 'missing')), nothing);
      assert.deepEqual(await read(join(root, 'file', 'below')), nothing);
    });

    it(`${name} throws on what cannot be read`, async () => {
      await assert.rejects(read(join(root, 'loop', 'below')), {code: 'ELOOP'});
    });
  }

  it('takes a file in the place of a folder for no folder', async () => {
    assert.deepEqual(await readdirIfThere(join(root, 'file')), []);
    assert.deepEqual(await readdirIfThere(join(root, 'file'), {recursive: true}), []);
  });

  it('gives what is there', async () => {
    assert.deepEqual(await readdirIfThere(join(root, 'folder')), ['deep']);
    assert.deepEqual((await readdirIfThere(join(root, 'folder'), {recursive: true})).sort(), [
      'deep',
      join('deep', 'leaf'),
    ]);
    assert.equal((await statIfThere(join(root, 'folder')))?.isDirectory(), true);
    assert.equal((await lstatIfThere(join(root, 'loop')))?.isSymbolicLink(), true);
    assert.equal(await readTextIfThere(join(root, 'file')), 'text');
  });

  it('tells a link to nowhere from nothing only where links are not followed', async () => {
    await symlink(join(root, 'missing'), join(root, 'dangling'));
    assert.equal(await statIfThere(join(root, 'dangling')), null);
    assert.equal((await lstatIfThere(join(root, 'dangling')))?.isSymbolicLink(), true);
  });
});
