import assert from 'node:assert/strict';
import {mkdtemp, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {readTextIfThere} from '../../src/files/absent.js';
import {writePrivateFile} from '../../src/files/atomic-write.js';
import {readEnd, readStart} from '../../src/files/file-ends.js';
import {readLines} from '../../src/files/lines.js';
import {openRegular, piecesOf, readRegular} from '../../src/files/regular-file.js';
import {NO_FILES} from '../support/unreadable.js';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const WHOLE = {
  readRegular,
  readTextIfThere: (path: string) => readTextIfThere(path),
};
const PARTS = {
  openRegular: async (path: string) => (await openRegular(path)).close(),
  piecesOf: (path: string) => all(piecesOf(path)),
  readLines: (path: string) => all(readLines(path)),
  readStart: (path: string) => readStart(path, 10),
  readEnd: (path: string) => readEnd(path, 10),
};

describe('reading a file', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cao-regular-'));
    path = join(folder, 'file');
  });
  afterEach(() => rm(folder, {recursive: true, force: true}));

  for (const [what, make] of NO_FILES) {
    const isLarge = what.startsWith('more');
    for (const [name, read] of Object.entries<(path: string) => Promise<unknown>>({
      ...WHOLE,
      ...(isLarge ? {} : PARTS),
    })) {
      it(`${name} refuses ${what}, at once and with the system's form of error`, async () => {
        await make(path);
        await assert.rejects(read(path), (error: NodeJS.ErrnoException) => {
          assert.match(error.code ?? '', /^(ELOOP|EISDIR|EFTYPE|EFBIG|ENXIO)$/);
          assert.ok(error.syscall);
          assert.ok(error.message.includes(path));
          return true;
        });
      });
    }
  }

  it('goes through links, and reads what says that it is empty and is not', async () => {
    await writeFile(path, 'text');
    await symlink(path, join(folder, 'link'));
    const {bytes, stats} = await readRegular(join(folder, 'link'));
    assert.equal(bytes.toString(), 'text');
    assert.equal(stats.size, 4);
    if (process.platform === 'linux')
      assert.match((await readTextIfThere('/proc/self/status')) ?? '', /^Name:/);
  });

  it('takes a file of as many bytes as it may have, and not of one more', async () => {
    await writeFile(path, 'x'.repeat(2048));
    assert.equal((await readRegular(path, 2048)).bytes.length, 2048);
    await assert.rejects(readRegular(path, 2047), {code: 'EFBIG'});
  });

  it('has no descriptor left over where the reading is broken off', async () => {
    await writeFile(path, 'x'.repeat(1024 * 1024));
    for await (const piece of piecesOf(path, 1024)) {
      assert.equal(piece.length, 1024);
      break;
    }
  });

  it('never puts a file in the place of a device that a link leads to', async () => {
    await symlink('/dev/null', path);
    await assert.rejects(writePrivateFile(path, 'secret'), {code: 'EFTYPE'});
    assert.ok((await stat('/dev/null')).isCharacterDevice());
  });
});
