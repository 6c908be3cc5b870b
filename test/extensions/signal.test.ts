import assert from 'node:assert/strict';
import {join} from 'node:path';

import type {DoctorCheck, Importer} from '../../src/contract/index.js';
import {withDeadline} from '../../src/extensions/deadline.js';
import {PluginWorker} from '../../src/extensions/plugin-worker.js';
import {remoteExtensions} from '../../src/extensions/remote-extension.js';
import {readPackageAsPlugin} from '../../src/extensions/user-plugins.js';
import {sampleContext, sampleDoctorContext} from '../../src/published/samples.js';
import {FIXTURES} from '../support/packages.js';

const ROOT = join(FIXTURES, 'heeds-signal');

describe('the signal that a plugin was handed', () => {
  let worker: PluginWorker;
  let checks: DoctorCheck[];

  beforeEach(async () => {
    worker = new PluginWorker('cao-fixture-heeds-signal', ROOT);
    checks = await load<DoctorCheck>('cao:doctor-checks');
  });
  afterEach(() => worker.stop());

  async function load<T>(hook: Parameters<typeof remoteExtensions>[1]): Promise<T[]> {
    const plugin = await readPackageAsPlugin(ROOT);
    return (await remoteExtensions(worker, hook, plugin.hooks[hook]![0]!)) as T[];
  }

  async function run(id: string, signal = new AbortController().signal): Promise<string[]> {
    const check = checks.find((candidate) => candidate.id === id)!;
    const findings = await check.run(sampleDoctorContext({signal}));
    return findings.map(({message}) => message);
  }

  /** Calls reach the thread in their order. */
  async function bothAreUnderWay(): Promise<void> {
    await run('counts');
  }

  it('is aborted in its thread when the deadline passes', async () => {
    const {generation} = worker;
    await assert.rejects(
      withDeadline(50, (signal) => run('waits', signal)),
      /timed out after 50 ms/,
    );
    assert.deepEqual(await run('counts'), ['1']);
    assert.equal(worker.generation, generation, 'a call that ends by itself costs no thread');
  });

  it('is aborted between two items of a stream too', async () => {
    const [importer] = await load<Importer>('cao:importers');
    const controller = new AbortController();
    const context = sampleContext({signal: controller.signal});
    const items = importer!.read({source: '/nowhere'}, context)[Symbol.asyncIterator]();
    assert.deepEqual((await items.next()).value, {problem: 'the first', from: 'a fixture'});
    const second = items.next();
    controller.abort();
    await assert.rejects(second, /took too long and was stopped/);
    assert.deepEqual(await run('counts'), ['1']);
  });

  it('leaves the other calls of the plugin alone', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const given = run('waits', first.signal);
    const waiting = run('waits', second.signal);
    await bothAreUnderWay();
    first.abort();
    await assert.rejects(given, /was stopped/);
    assert.deepEqual(await run('counts'), ['1']);
    second.abort();
    await assert.rejects(waiting, /was stopped/);
    assert.deepEqual(await run('counts'), ['2']);
  });

  it('costs the thread where it is not heeded; the next call gets a new one', async () => {
    await assert.rejects(
      withDeadline(50, (signal) => run('waits', signal)),
      /timed out/,
    );
    const {generation} = worker;
    const controller = new AbortController();
    const ignoring = run('ignores', controller.signal);
    const bystander = run('waits');
    await bothAreUnderWay();
    controller.abort();
    await assert.rejects(ignoring, /took too long and was stopped/);
    await assert.rejects(bystander, /took too long and was stopped/);
    assert.notEqual(worker.generation, generation);
    assert.deepEqual(await run('counts'), ['0']);
  });

  it('that is aborted already keeps a call from being made', async () => {
    await assert.rejects(run('counts', AbortSignal.abort()), /was stopped/);
    assert.deepEqual(await run('counts'), ['0']);
  });
});
