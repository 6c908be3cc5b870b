import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

import {parsePluginSpec} from '../../src/plugin-install/plugin-spec.js';
import {Sandbox} from '../support/sandbox.js';

describe('what can follow "cao plugins install"', () => {
  let sandbox: Sandbox;
  const parse = (text: string) => parsePluginSpec(text, sandbox.home);

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(() => sandbox.remove());

  it('a name in the registry', async () => {
    assert.deepEqual(await parse('cao-plugin-x'), {kind: 'registry', name: 'cao-plugin-x', tag: 'latest'});
    assert.deepEqual(await parse('@me/x@1.2.3'), {kind: 'registry', name: '@me/x', tag: '1.2.3'});
    // A folder of that name that holds no package changes nothing.
    await mkdir(join(sandbox.home, 'x'));
    assert.deepEqual(await parse('x'), {kind: 'registry', name: 'x', tag: 'latest'});
  });

  it('a folder or file, as it stands', async () => {
    const path = join(sandbox.home, 'me', 'plugin');
    await mkdir(path, {recursive: true});
    await writeFile(join(path, 'package.json'), '{}');
    for (const text of ['me/plugin', './me/plugin', path, `file:${path}`, pathToFileURL(path).href]) {
      assert.deepEqual(await parse(text), {kind: 'folder', path}, text);
    }
    const file = join(sandbox.home, 'x-1.0.0.tgz');
    await writeFile(file, '');
    for (const text of ['x-1.0.0.tgz', './x-1.0.0.tgz', file, 'file:x-1.0.0.tgz']) {
      assert.deepEqual(await parse(text), {kind: 'file', path: file}, text);
    }
  });

  it('a repository or URL', async () => {
    for (const url of [
      'github:me/plugin',
      'me/plugin',
      'git+https://example.com/x.git',
      'https://example.com/x.zip',
    ]) {
      assert.deepEqual(await parse(url), {kind: 'remote', url}, url);
    }
  });

  it('nothing else', async () => {
    await assert.rejects(parse('./missing'), {code: 'plugin_path_not_found'});
    await assert.rejects(parse('/abs/missing.tgz'), {code: 'plugin_path_not_found'});
    await assert.rejects(parse('no package'), {code: 'usage'});
  });
});
