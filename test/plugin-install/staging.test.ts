import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {
  type InstalledEntry,
  entriesOf,
  readPluginsFile,
  withEntry,
  writePluginsFile,
} from '../../src/plugin-install/installed-list.js';
import {withStagedPlugins} from '../../src/plugin-install/staging.js';
import {pluginsFolder} from '../support/packages.js';
import {Sandbox} from '../support/sandbox.js';

describe('a change of the plugins folder', () => {
  let sandbox: Sandbox;
  let folder: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    folder = pluginsFolder(sandbox);
    await add('old');
  });
  afterEach(() => sandbox.remove());

  /** Puts a package in place as an install does, without npm. */
  async function add(name: string, fail = false): Promise<void> {
    await withStagedPlugins(folder, sandbox.home, async (stage) => {
      await mkdir(join(stage, 'node_modules', name));
      await writeFile(join(stage, 'node_modules', name, 'package.json'), '{}');
      const entry: InstalledEntry = {name, type: 'user', tag: 'latest'};
      await writePluginsFile(stage, withEntry(await readPluginsFile(stage), entry));
      if (fail) throw new Error('no');
    });
  }

  async function packages(): Promise<string[]> {
    return (await readdir(join(folder, 'node_modules'))).sort();
  }

  it('takes place as a whole', async () => {
    await add('new');
    assert.deepEqual(await packages(), ['codex-account-orchestrator', 'new', 'old']);
    const names = entriesOf(await readPluginsFile(folder)).map(({name}) => name);
    assert.deepEqual(names, ['old', 'new']);
    assert.deepEqual((await readdir(folder)).sort(), ['.lock', 'node_modules', 'package.json', 'packages']);
  });

  it('leaves everything as it was when it fails', async () => {
    const before = await readFile(join(folder, 'package.json'), 'utf8');
    await assert.rejects(add('new', true), /^Error: no$/);
    assert.deepEqual(await packages(), ['codex-account-orchestrator', 'old']);
    assert.equal(await readFile(join(folder, 'package.json'), 'utf8'), before);
    assert.ok(!(await readdir(folder)).some((name) => name.startsWith('.stage')));
  });

  it('first mends what a process left behind that was killed in the middle of one', async () => {
    await rename(join(folder, 'node_modules'), join(folder, '.previous-node_modules'));
    await mkdir(join(folder, '.stage-1', 'node_modules'), {recursive: true});
    await add('new');
    assert.deepEqual(await packages(), ['codex-account-orchestrator', 'new', 'old']);
    assert.ok(!(await readdir(folder)).some((name) => /^\.(stage|previous)/.test(name)));
  });

  it('waits for another one', async () => {
    await Promise.all(['a', 'b', 'c'].map((name) => add(name)));
    assert.deepEqual(await packages(), ['a', 'b', 'c', 'codex-account-orchestrator', 'old']);
  });
});
