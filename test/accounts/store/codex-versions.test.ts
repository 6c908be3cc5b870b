import assert from 'node:assert/strict';
import {copyFile, mkdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import {Sandbox} from '../../support/sandbox.js';

const HOUR_MS = 3_600_000;

describe('the versions of Codex programs', () => {
  let sandbox: Sandbox;
  let calls: string;
  beforeEach(async () => {
    sandbox = await Sandbox.create();
    calls = join(sandbox.home, 'calls');
  });
  afterEach(() => sandbox.remove());

  /** A program that says a version, and is counted. */
  async function program(path: string, version: string): Promise<string> {
    const full = join(sandbox.home, path);
    await mkdir(dirname(full), {recursive: true});
    await writeFile(full, `#!/bin/sh\necho x >>${calls}\necho codex-cli ${version}\n`, {mode: 0o755});
    return full;
  }

  const asked = async (): Promise<number> =>
    (await readFile(calls, 'utf8').catch(() => '')).split('x').length - 1;
  const versionOf = (path: string, nowMs = Date.now()) => sandbox.store.codexVersions.of(path, nowMs);

  it('are asked once, through links as well', async () => {
    const path = await program('node_modules/@openai/codex/bin/codex.js', '0.150.0');
    const link = join(sandbox.home, 'codex');
    await symlink(path, link);
    assert.deepEqual(await versionOf(link), {version: '0.150.0', asked: true});
    assert.deepEqual(await versionOf(path, Date.now() + HOUR_MS), {version: '0.150.0', asked: false});
    assert.equal(await asked(), 1);
  });

  it('are asked again when the program is replaced', async () => {
    const path = await program('node_modules/@openai/codex/bin/codex.js', '0.150.0');
    await versionOf(path);
    await program('node_modules/@openai/codex/bin/codex.js', '0.169.0');
    assert.equal((await versionOf(path)).version, '0.169.0');
  });

  it('are asked again after a while of a script that may lead to any', async () => {
    const path = await program('bin/codex', '0.150.0');
    await versionOf(path);
    assert.equal((await versionOf(path)).asked, false);
    assert.equal((await versionOf(path, Date.now() + HOUR_MS)).asked, true);
  });

  it('are unknown of a program that does not tell, which is asked each time', async () => {
    const path = join(sandbox.home, 'codex');
    await copyFile('/bin/false', path);
    assert.deepEqual(await versionOf(path), {version: null, asked: true});
    assert.deepEqual(await versionOf(path), {version: null, asked: true});
    assert.deepEqual(await versionOf(join(sandbox.home, 'none')), {version: null, asked: true});
  });
});
