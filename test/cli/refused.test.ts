import assert from 'node:assert/strict';
import {mkdtemp, readFile, readdir, rename, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {describeError} from '../../src/cli/error-envelope.js';

describe('what the system refuses', () => {
  let folder: string;
  let loop: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cao-refused-'));
    loop = join(folder, 'loop');
    await symlink(loop, loop);
    await writeFile(join(folder, 'file'), '');
  });
  after(() => rm(folder, {recursive: true, force: true}));

  const CASES: [what: string, attempt: () => Promise<unknown>, code: string][] = [
    ['a folder that cannot be read', () => readdir(loop), 'unreadable_file'],
    ['a file that cannot be read', () => readFile(join(loop, 'below')), 'unreadable_file'],
    ['a file that is missing where it must be', () => readFile(join(folder, 'missing')), 'unexpected'],
    ['a change', () => rename(join(folder, 'file'), join(folder, 'none', 'file')), 'unexpected'],
  ];
  for (const [what, attempt, code] of CASES) {
    it(`${what} is told as ${code}`, async () => {
      const thrown: unknown = await attempt().then(
        () => assert.fail('it was let'),
        (error: unknown) => error,
      );
      const {error} = describeError(thrown);
      assert.equal(error?.code, code);
      assert.match(error.message, /cao-refused-/);
    });
  }
});
