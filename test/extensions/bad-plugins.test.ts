import assert from 'node:assert/strict';
import {join} from 'node:path';

import type {Context, ExtensionKind, ExtensionOf} from '../../src/contract/index.js';
import {PluginWorker} from '../../src/extensions/plugin-worker.js';
import {
  type ExtensionProblem,
  ExtensionRegistry,
  type ListedExtension,
} from '../../src/extensions/extension-registry.js';
import {remoteExtensions} from '../../src/extensions/remote-extension.js';
import {readPackageAsPlugin} from '../../src/extensions/user-plugins.js';
import {verdictBy} from '../../src/extensions/verdict.js';
import {structuredQuotaDetector} from '../../src/plugins/structured-quota/detector.js';
import {sampleContext, sampleDoctorContext, sampleReport} from '../../src/published/samples.js';
import {FIXTURES} from '../support/packages.js';
import {cao, type CaoResult} from '../support/cao.js';
import {Sandbox} from '../support/sandbox.js';

/** What the user is told of each bad plugin. */
const BAD: Record<string, RegExp> = {
  throw: /the hook has a bug/,
  'syntax-error': /hook file \.\/hook\.js cannot be loaded: SyntaxError/,
  'missing-hook-file': /hook file \.\/hook\.js does not exist/,
  'never-resolves': /timed out after 3000 ms/,
  'busy-loop': /timed out after 3000 ms/,
  'process-exit': /ended itself \(process\.exit\)/,
  'init-error': /its hooks of oclif itself are not run: init, prerun/,
  'wrong-shape': /format: must be a function/,
  'no-array': /returned no array/,
  'duplicate-id': /the id "markdown" is taken by codex-account-orchestrator/,
};

describe('bad plugins, installed for real', function () {
  this.timeout(180_000);
  let sandbox: Sandbox;
  const run = (args: string[], env: Record<string, string> = {}): Promise<CaoResult> =>
    cao(sandbox, args, {env});

  before(async () => {
    sandbox = await Sandbox.create();
    for (const name of ['good', 'console-log', ...Object.keys(BAD)]) {
      const {exitCode, stderr} = await run(['plugins', 'install', join(FIXTURES, name), '--yes']);
      assert.equal(exitCode, 0, stderr);
    }
  });
  after(() => sandbox.remove());

  it('are each named, and keep nobody else from working', async () => {
    const {exitCode, stdout, stderr} = await run(['extensions', '--json']);
    assert.equal(exitCode, 0, stderr);
    const {extensions, problems} = JSON.parse(stdout) as {
      extensions: ListedExtension[];
      problems: ExtensionProblem[];
    };
    for (const [name, expected] of Object.entries(BAD)) {
      const told = problems.filter((problem) => problem.package === `cao-fixture-${name}`);
      assert.match(told.map(({message}) => message).join('\n'), expected, name);
      assert.match(stderr, new RegExp(`cao-fixture-${name}: `));
    }
    const working = extensions.filter(({builtIn}) => !builtIn).map(({id}) => id);
    assert.deepEqual(working.sort(), ['console-log', 'good', 'init-error']);
    assert.ok(extensions.some(({id, builtIn}) => builtIn && id === 'markdown'));
  });

  it('are named by cao doctor', async () => {
    const {exitCode, stdout} = await run(['doctor', '--json']);
    assert.equal(exitCode, 2, 'for want of an account');
    const {issues} = JSON.parse(stdout) as {issues: {code: string; message: string}[]};
    const told = issues.filter(({code}) => code === 'plugin_broken').map(({message}) => message);
    for (const name of Object.keys(BAD)) {
      assert.ok(
        told.some((message) => message.includes(`cao-fixture-${name}`)),
        name,
      );
    }
  });

  it('leave the report as it is', async () => {
    const {exitCode, stdout} = await run(['report', '--format', 'md']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^# Codex accounts/);
    assert.equal((await run(['report', '--format', 'good'])).stdout, 'good 0\n');
  });

  it('print nothing on stdout', async () => {
    const {stdout, stderr} = await run(['extensions']);
    assert.doesNotMatch(stdout, /printed/);
    assert.match(stderr, /\[cao-fixture-console-log\] printed while loading/);
  });

  it('are not even loaded by a command that needs none', async () => {
    const {exitCode, stdout, stderr} = await run(['plugins', '--json']);
    assert.equal(exitCode, 0);
    assert.doesNotMatch(stderr, /printed|the hook has a bug|init hook has a bug/);
    assert.equal((JSON.parse(stdout) as unknown[]).length, Object.keys(BAD).length + 2);
    const current = await run(['current']);
    assert.match(current.stderr, /^Error: There is no account yet\./);
  });

  it('are left out with CAO_SAFE_MODE=1', async () => {
    const {exitCode, stdout, stderr} = await run(['extensions', '--json'], {CAO_SAFE_MODE: '1'});
    assert.equal(exitCode, 0);
    assert.equal(stderr, '');
    const {extensions, problems} = JSON.parse(stdout) as {extensions: ListedExtension[]; problems: unknown[]};
    assert.ok(extensions.length > 0 && extensions.every(({builtIn}) => builtIn));
    assert.deepEqual(problems, []);
  });

  it('can be removed', async () => {
    const {exitCode, stderr} = await run(['plugins', 'uninstall', 'cao-fixture-init-error']);
    assert.equal(exitCode, 0, stderr);
    assert.doesNotMatch((await run(['plugins'])).stdout, /init-error/);
  });
});

describe('calls into a plugin', () => {
  let worker: PluginWorker;

  beforeEach(() => {
    worker = new PluginWorker('cao-fixture-bad-calls', join(FIXTURES, 'bad-calls'));
  });
  afterEach(() => worker.stop());

  async function load<K extends ExtensionKind>(hook: Parameters<typeof remoteExtensions>[1]) {
    const plugin = await readPackageAsPlugin(join(FIXTURES, 'bad-calls'));
    const target = plugin.hooks[hook]![0]!;
    return (await remoteExtensions(worker, hook, target)) as ExtensionOf[K][];
  }

  it('fail alone: one that throws, ends its process or gives what cannot be passed on', async () => {
    const formatters = await load<'report-formatter'>('cao:report-formatters');
    const format = (id: string) =>
      formatters.find((formatter) => formatter.id === id)!.format(sampleReport());
    await assert.rejects(async () => format('throws'), /^Error: cannot format$/);
    await assert.rejects(async () => format('exits'), /ended itself/);
    await assert.rejects(async () => format('uncloneable'), /could not be cloned/);
    assert.equal(await format('async'), '3 accounts');
  });

  it('are given up after a thread has died three times', async () => {
    const formatters = await load<'report-formatter'>('cao:report-formatters');
    const exits = formatters.find(({id}) => id === 'exits')!;
    for (let time = 0; time < 3; time += 1) {
      await assert.rejects(async () => exits.format(sampleReport()), /ended itself/);
    }
    await assert.rejects(async () => exits.format(sampleReport()), /not asked any more/);
  });

  it('get a context with the host behind it', async () => {
    const [check] = await load<'doctor-check'>('cao:doctor-checks');
    const warnings: string[] = [];
    const context = sampleDoctorContext({dataDir: '/data', warn: (message) => void warnings.push(message)});
    assert.deepEqual(await check!.run(context), [
      {code: 'fixture', severity: 'warn', account: null, message: '/data'},
    ]);
    assert.deepEqual(warnings, ['asked by boolean']);
  });

  it('that never end leave the verdict to the next detector', async () => {
    const [looping] = await load<'quota-detector'>('cao:quota-detectors');
    const problems: ExtensionProblem[] = [];
    const registry = new ExtensionRegistry(
      {
        packages: () => Promise.resolve([]),
        ask: () =>
          Promise.resolve([
            {package: 'bad', builtIn: false, answer: {ok: true, value: [looping]}},
            {package: 'cao', builtIn: true, answer: {ok: true, value: [structuredQuotaDetector]}},
          ]),
      },
      (problem) => problems.push(problem),
    );
    const contextFor = (signal: AbortSignal): Context => sampleContext({signal});
    const decide = verdictBy(registry, contextFor);
    const verdict = await decide({source: 'http', status: 429, body: {error: {type: 'usage_limit_reached'}}});
    assert.equal(verdict?.kind, 'quota');
    assert.deepEqual(
      problems.map(({id}) => id),
      ['loops'],
    );
  });
});
