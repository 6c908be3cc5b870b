import assert from 'node:assert/strict';
import {cp, mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {AccountDraft, ImportProblem, Importer} from '../../../src/contract/index.js';
import {codexAuthImporter} from '../../../src/plugins/importers/codex-auth.js';
import {layoutImporter} from '../../../src/plugins/importers/layout-importer.js';
import {LAYOUTS} from '../../../src/plugins/importers/layouts.js';
import {sampleContext} from '../../../src/published/samples.js';
import {PROJECT_ROOT} from '../../support/cao.js';
import {Sandbox} from '../../support/sandbox.js';

const FIXTURES = join(PROJECT_ROOT, 'test', 'fixtures', 'import');

describe('a source that cannot be read', () => {
  let sandbox: Sandbox;
  let warnings: string[];

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    warnings = [];
  });
  afterEach(() => sandbox.remove());

  function importer(id: string): Importer {
    return layoutImporter(LAYOUTS.find((layout) => layout.id === id)!);
  }

  async function read(from: Importer, source?: string): Promise<(AccountDraft | ImportProblem)[]> {
    const context = sampleContext({
      homeDir: sandbox.home,
      warn: (message) => void warnings.push(message),
    });
    const items: (AccountDraft | ImportProblem)[] = [];
    const place = source ?? (await Promise.resolve(from.defaultSource(context)));
    for await (const item of from.read({source: place}, context)) items.push(item);
    return items;
  }

  async function loop(path: string): Promise<void> {
    await mkdir(join(path, '..'), {recursive: true});
    await symlink(path, path);
  }

  it('is an error, not an empty one', async () => {
    await loop(join(sandbox.home, '.cli-proxy-api'));
    await assert.rejects(read(importer('cli-proxy-api')), {code: 'ELOOP'});
    await loop(join(sandbox.home, '.codex', 'accounts'));
    await assert.rejects(read(codexAuthImporter), {code: 'ELOOP'});
  });

  it('is an error too where it is only the second place of a tool', async () => {
    await loop(join(sandbox.home, '.opencode'));
    await assert.rejects(read(importer('codex-multi-auth')), {code: 'ELOOP'});
  });

  it('is nothing where a file stands in the place of its folder', async () => {
    await writeFile(join(sandbox.home, '.opencode'), '');
    assert.deepEqual(await read(importer('codex-multi-auth')), []);
  });

  it('is a problem of its own entry alone', async () => {
    await cp(join(FIXTURES, 'prodex'), sandbox.home, {recursive: true});
    const before = await read(importer('prodex'));
    const bad = join(sandbox.home, '.prodex', 'profiles', 'bad', 'auth.json');
    await loop(bad);
    const after = await read(importer('prodex'));
    assert.deepEqual(
      after.filter(({from}) => from !== bad),
      before,
    );
    assert.deepEqual(
      after.filter(({from}) => from === bad),
      [{problem: 'cannot be read', from: bad}],
    );
  });

  it('is a warning where it is the login that Codex uses', async () => {
    await cp(join(FIXTURES, 'codex-auth-files'), sandbox.home, {recursive: true});
    const live = join(sandbox.home, '.codex', 'auth.json');
    await rm(live, {force: true});
    await loop(live);
    const items = await read(codexAuthImporter);
    assert.ok(items.some((item) => 'auth' in item));
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /auth\.json cannot be read: ELOOP.*: whether it is newer/);
  });
});
