import assert from 'node:assert/strict';
import {chmod, mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {delimiter, join, relative} from 'node:path';

import {findCodex} from '../../../src/codex/process/binary.js';

describe('the Codex CLI', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cao-binary-'));
    for (const name of ['first', 'second', 'folder', 'plain']) await mkdir(join(folder, name));
    for (const name of ['first', 'second']) await program(join(folder, name, 'codex'));
    await program(join(folder, 'second', 'other'));
    await mkdir(join(folder, 'folder', 'codex'));
    await writeFile(join(folder, 'plain', 'codex'), '');
    await symlink(join(folder, 'loop'), join(folder, 'loop'));
  });
  after(() => rm(folder, {recursive: true, force: true}));

  async function program(path: string): Promise<void> {
    await writeFile(path, '#!/bin/sh\n');
    await chmod(path, 0o755);
  }

  const SEARCHES: [what: string, path: string[], choice: string | undefined, found: string | null][] = [
    ['is the first on PATH', ['first', 'second'], undefined, 'first/codex'],
    ['is not a folder of that name', ['folder', 'second'], undefined, 'second/codex'],
    ['is not a file that cannot be run', ['plain', 'second'], undefined, 'second/codex'],
    ['is looked for beyond what is not there', ['missing', 'loop', 'second'], undefined, 'second/codex'],
    ['may have another name', ['first', 'second'], 'other', 'second/other'],
    ['may be nowhere', ['plain', 'folder'], undefined, null],
    ['may be nowhere for want of a PATH', [], undefined, null],
  ];
  for (const [what, path, choice, found] of SEARCHES) {
    it(what, async () => {
      const env = {PATH: path.map((name) => join(folder, name)).join(delimiter)};
      const search = findCodex(choice, env);
      if (found === null) await assert.rejects(search, {code: 'codex_not_found', exit: 127});
      else assert.equal(await search, join(folder, found));
    });
  }

  it('is never taken from the current folder, nor from a relative one on PATH', async () => {
    const here = process.cwd();
    process.chdir(join(folder, 'first'));
    try {
      for (const PATH of ['', '.', delimiter, join('..', 'first'), `${delimiter}.`]) {
        await assert.rejects(findCodex(undefined, {PATH}), {code: 'codex_not_found'}, PATH);
      }
      const env = {PATH: ['.', join(folder, 'second')].join(delimiter)};
      assert.equal(await findCodex(undefined, env), join(folder, 'second', 'codex'));
    } finally {
      process.chdir(here);
    }
  });

  it('may be named by a path, absolute or not', async () => {
    const path = join(folder, 'first', 'codex');
    assert.equal(await findCodex(path, {}), path);
    assert.equal(await findCodex(relative(process.cwd(), path), {}), path);
    await assert.rejects(findCodex(join(folder, 'plain', 'codex'), {}), /There is no Codex CLI at /);
  });
});
