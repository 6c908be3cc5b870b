import assert from 'node:assert/strict';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {readUserPlugins} from '../../src/extensions/user-plugins.js';
import {Sandbox} from '../support/sandbox.js';

describe('the list of plugins', () => {
  let sandbox: Sandbox;
  let file: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    file = join(sandbox.home, 'package.json');
  });
  afterEach(() => sandbox.remove());

  async function told(): Promise<[name: string, problems: string[]][]> {
    return (await readUserPlugins(sandbox.home, new Set())).map(({name, problems}) => [name, problems]);
  }

  const LISTS: [what: string, write: () => Promise<void>, expected: () => [string, string[]][]][] = [
    ['is empty where there is none', () => Promise.resolve(), () => []],
    ['may hold none', () => writeFile(file, '{"oclif":{"plugins":[]}}'), () => []],
    ['may have no section of oclif', () => writeFile(file, '{}'), () => []],
    [
      'that cannot be read is told like a broken plugin',
      () => symlink(file, file),
      () => [[file, ['the list of plugins cannot be read']]],
    ],
    [
      'that is no JSON is told like a broken plugin',
      () => writeFile(file, '{"oclif":'),
      () => [[file, ['the list of plugins cannot be read']]],
    ],
  ];
  for (const [what, write, expected] of LISTS) {
    it(what, async () => {
      await write();
      assert.deepEqual(await told(), expected());
    });
  }

  it('tells a package that is gone from one that cannot be read', async () => {
    await writeFile(
      file,
      '{"oclif":{"plugins":[{"name":"gone","type":"user"},{"name":"bad","type":"user"}]}}',
    );
    const bad = join(sandbox.home, 'node_modules', 'bad');
    await mkdir(bad, {recursive: true});
    await symlink(join(bad, 'package.json'), join(bad, 'package.json'));
    assert.deepEqual(await told(), [
      ['gone', [`it is not in ${join(sandbox.home, 'node_modules', 'gone')} (any more)`]],
      ['bad', ['its package.json cannot be read, or is no JSON']],
    ]);
  });
});
