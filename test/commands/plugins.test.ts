import assert from 'node:assert/strict';
import {access, cp, readdir, rm, symlink, writeFile} from 'node:fs/promises';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';

import {CREDENTIAL_VARIABLES} from '../../src/codex/process/environment.js';
import type {ListedExtension} from '../../src/extensions/extension-registry.js';
import {FIXTURES, FakeRegistry, SAMPLE, changedFixture, npmPack, pluginsFolder} from '../support/packages.js';
import {PROJECT_ROOT, cao, type CaoResult, execute} from '../support/cao.js';
import {Sandbox} from '../support/sandbox.js';
import {readJson} from '../support/files.js';

describe('cao plugins', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  const run = (args: string[], env: Record<string, string> = {}): Promise<CaoResult> =>
    cao(sandbox, args, {env});

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(() => sandbox.remove());

  /** The extensions of plugins, by id. */
  async function installed(): Promise<string[]> {
    const {stdout} = await run(['extensions', '--json']);
    const {extensions} = JSON.parse(stdout) as {extensions: ListedExtension[]};
    return extensions.filter(({builtIn}) => !builtIn).map(({id}) => id);
  }

  async function refused(spec: string, env: Record<string, string>, expected: RegExp): Promise<CaoResult> {
    const startedAt = Date.now();
    const result = await run(['plugins', 'install', spec, '--yes'], env);
    assert.equal(result.exitCode, 1, result.stderr);
    assert.match(result.stderr, expected);
    assert.ok(Date.now() - startedAt < 30_000, 'within seconds');
    assert.deepEqual(await installed(), []);
    return result;
  }

  it('installs the sample plugin from its packed tarball, and takes it out again', async () => {
    const tarball = await npmPack(sandbox, SAMPLE);
    const result = await run(['plugins', 'install', tarball, '--yes', '--json']);
    assert.equal(result.exitCode, 0, result.stderr);
    assert.deepEqual(JSON.parse(result.stdout), {
      name: 'cao-plugin-csv-report',
      version: '1.0.0',
      root: join(pluginsFolder(sandbox), 'node_modules', 'cao-plugin-csv-report'),
    });
    assert.match((await run(['extensions'])).stdout, /csv {2}\(cao-plugin-csv-report 1\.0\.0\)/);
    const report = await run(['report', '--format', 'csv']);
    assert.equal(report.exitCode, 0, report.stderr);
    assert.match(report.stdout, /^account,default,logged in,/);
    assert.match((await run(['plugins'])).stdout, /^cao-plugin-csv-report 1\.0\.0\n$/);
    const removed = await run(['plugins', 'uninstall', 'cao-plugin-csv-report']);
    assert.equal(removed.exitCode, 0, removed.stderr);
    assert.deepEqual(await installed(), []);
    assert.deepEqual(await readdir(join(pluginsFolder(sandbox), 'packages')), []);
  });

  it('asks once before a package from outside the registry, and without a terminal wants --yes', async () => {
    const folder = join(FIXTURES, 'good');
    const unasked = await run(['plugins', 'install', folder]);
    assert.equal(unasked.exitCode, 2);
    assert.match(unasked.stderr, /not from the npm registry[^]*--yes/);
    assert.equal((await run(['plugins', 'install', folder, '--yes'])).exitCode, 0);
    assert.equal((await run(['plugins', 'install', folder])).exitCode, 0);
    assert.deepEqual(await installed(), ['good']);
  });

  it('says the truth about a registry that cannot be reached', async () => {
    const env = {npm_config_registry: 'http://127.0.0.1:1'};
    await refused('cao-plugin-nothing', env, /registry could not be reached \(ECONNREFUSED\)/);
  });

  it('says the truth about a package that is not one', async () => {
    await refused(join(FIXTURES, 'no-oclif'), {}, /not a plugin: its package\.json has no oclif section/);
    await refused(join(FIXTURES, 'no-manifest'), {}, /has no oclif\.manifest\.json\.\n.*npx oclif manifest/);
    await refused(
      join(FIXTURES, 'other-contract'),
      {},
      /made for version 2 of the plugin contract.*version 1/,
    );
    await refused(join(FIXTURES, 'core-name'), {}, /@oclif\/plugin-help is a part of cao itself/);
    await refused(
      '@oclif/plugin-help',
      {npm_config_registry: 'http://127.0.0.1:1'},
      /is a part of cao itself/,
    );
    await refused('./no-such-folder', {}, /There is nothing at .*no-such-folder/);
  });

  it('runs install scripts only with --allow-scripts', async () => {
    const mark = join(sandbox.home, 'script-ran');
    await run(['plugins', 'install', join(FIXTURES, 'install-script'), '--yes']);
    await assert.rejects(access(mark));
    await run(['plugins', 'install', join(FIXTURES, 'install-script'), '--allow-scripts']);
    await access(mark);
  });

  it('hands a package no credentials for Codex and its backend, only those for the registry', async () => {
    const file = join(sandbox.home, 'environment.json');
    await writeFile(
      join(sandbox.home, 'note.cjs'),
      `require('fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env))`,
    );
    const scripts = {postinstall: `node ${join(sandbox.home, 'note.cjs')}`};
    const folder = await changedFixture(sandbox, 'install-script', {scripts});
    const kept = Object.fromEntries(CREDENTIAL_VARIABLES.map((name) => [name, 'not-for-packages']));
    await run(['plugins', 'install', folder, '--allow-scripts', '--yes'], {
      ...kept,
      NPM_TOKEN: 'for-the-registry',
    });
    const given = await readJson<Record<string, string>>(file);
    assert.deepEqual(
      CREDENTIAL_VARIABLES.filter((name) => name in given),
      [],
    );
    assert.equal(given['NPM_TOKEN'], 'for-the-registry');
  });

  it('keeps the working version when installing it again fails', async () => {
    const folder = await changedFixture(sandbox, 'good', {});
    await run(['plugins', 'install', folder, '--yes']);
    await rm(join(folder, 'oclif.manifest.json'));
    const again = await run(['plugins', 'install', folder]);
    assert.equal(again.exitCode, 1);
    assert.deepEqual(await installed(), ['good']);
  });

  describe('with a registry', () => {
    let registry: FakeRegistry;

    beforeEach(async () => {
      registry = await FakeRegistry.start();
    });
    afterEach(() => registry.stop());

    it('installs by name, updates, and keeps what works when an update is bad', async () => {
      const env = {npm_config_registry: registry.url};
      await registry.publish('cao-fixture-good', '1.0.0', await npmPack(sandbox, join(FIXTURES, 'good')));
      const first = await run(['plugins', 'install', 'cao-fixture-good'], env);
      assert.equal(first.exitCode, 0, first.stderr);
      assert.match(first.stdout, /Installed cao-fixture-good 1\.0\.0/);

      // Its manifest still is of version 1.0.0.
      const bad = await changedFixture(sandbox, 'good', {version: '2.0.0'});
      await registry.publish('cao-fixture-good', '2.0.0', await npmPack(sandbox, bad));
      const failed = await run(['plugins', 'update'], env);
      assert.equal(failed.exitCode, 1);
      assert.match(failed.stderr, /cao-fixture-good stays at 1\.0\.0: .*another version/);
      assert.deepEqual(await installed(), ['good']);

      const good = await changedFixture(sandbox, 'good', {version: '1.0.0-rc.1'});
      await registry.publish('cao-fixture-good', '1.0.0-rc.1', await npmPack(sandbox, good));
      const updated = await run(['plugins', 'update', 'cao-fixture-good', '--json'], env);
      assert.equal(updated.exitCode, 0, updated.stderr);
      assert.match(updated.stdout, /"to": "1\.0\.0-rc\.1"/);
    });

    it('says the truth about a missing package or version', async () => {
      const env = {npm_config_registry: registry.url};
      await registry.publish('cao-fixture-good', '1.0.0', await npmPack(sandbox, join(FIXTURES, 'good')));
      await refused('cao-plugin-nothing', env, /There is no package "cao-plugin-nothing@latest"/);
      await refused('cao-fixture-good@9.9.9', env, /no such version|no package/);
    });
  });

  it('links a folder, broken or not, and unlinks it', async () => {
    const missing = await run(['plugins', 'link', '/nope', '--json']);
    assert.equal((JSON.parse(missing.stdout) as {error: {code: string}}).error.code, 'plugin_path_not_found');
    const linked = await run(['plugins', 'link', join(FIXTURES, 'no-manifest')]);
    assert.equal(linked.exitCode, 0, linked.stderr);
    assert.match(linked.stderr, /no oclif\.manifest\.json/);
    assert.deepEqual(await installed(), ['no-manifest']);
    const inspected = await run(['plugins', 'inspect', 'cao-fixture-no-manifest']);
    assert.match(inspected.stdout, /report-formatter no-manifest: a fixture\n {2}problem/);
    assert.equal((await run(['plugins', 'unlink', join(FIXTURES, 'no-manifest')])).exitCode, 0);
    assert.deepEqual(await installed(), []);
    const broken = await run(['plugins', 'link', join(FIXTURES, 'syntax-error')]);
    assert.equal(broken.exitCode, 0, broken.stderr);
    assert.match(broken.stderr, /its cao:report-formatters hook fails: /);
    const unasked = await run(['plugins', 'reset']);
    assert.equal(unasked.exitCode, 2);
    assert.match(unasked.stderr, /cao-fixture-syntax-error[^]*cao plugins reset --yes/);
    assert.match(
      (await run(['plugins', 'reset', '--yes'])).stdout,
      /^Unlinked cao-fixture-syntax-error\.\n$/,
    );
    assert.match(
      (await run(['plugins'])).stdout,
      /^No plugin is installed\. .*https:\/\/.*docs\/plugins\.md\n$/,
    );
    const unknown = await run(['plugins', 'uninstall', 'never-installed']);
    assert.equal(unknown.exitCode, 1);
    assert.match(unknown.stderr, /There is no plugin "never-installed"/);
  });

  it('gives an importer a command of its own, with its flags', async () => {
    await run(['plugins', 'install', join(FIXTURES, 'import-command'), '--yes']);
    await mkdir(join(sandbox.home, 'fixture'));
    const help = await run(['import', 'fixture', '--help']);
    assert.match(help.stdout, /--label/);
    const {stdout, stderr} = await run(['import', 'fixture', '--label', 'mine']);
    assert.match(
      stdout,
      /Imported mine from .*\nDefault account: mine\n.*cao status.*\nImported: 1, skipped: 0, errors: 1/,
    );
    assert.match(stderr, /reading the fixture/);
    const auth = await readJson<{
      kept: unknown;
    }>(join(sandbox.dataDir, 'mine', 'auth.json'));
    assert.deepEqual(auth.kept, [1, {two: 2}]);
    // The same importer, asked through its thread by the command that knows no plugin.
    const [source] = JSON.parse((await run(['import', '--json'])).stdout) as {id: string}[];
    assert.equal(source?.id, 'fixture');
  });

  it("passes the sample plugin's own tests", async () => {
    const copy = join(sandbox.home, 'csv');
    await cp(SAMPLE, copy, {recursive: true});
    await mkdir(join(copy, 'node_modules'));
    await symlink(PROJECT_ROOT, join(copy, 'node_modules', 'codex-account-orchestrator'));
    const {exitCode, stdout} = await execute('npm', ['test', '--silent'], sandbox, {cwd: copy});
    assert.equal(exitCode, 0, stdout);
  });
});
