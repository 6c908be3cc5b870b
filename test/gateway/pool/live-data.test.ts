import assert from 'node:assert/strict';
import {mkdir, rename, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {liveAccounts} from '../../../src/gateway/pool/live-accounts.js';
import {liveUsage} from '../../../src/gateway/pool/live-usage.js';
import {registerAccounts, writeData} from '../../support/accounts.js';
import {setFaults} from '../../support/faults.mjs';
import {Sandbox} from '../../support/sandbox.js';

/** What can come into the place of a file while a gateway runs. */
const DAMAGES: [what: string, damage: (path: string) => Promise<unknown>][] = [
  ['is empty', (path) => writeFile(path, '')],
  ['is cut', (path) => writeFile(path, '{"accounts": ["al')],
  ['is null', (path) => writeFile(path, 'null')],
  ['is an array', (path) => writeFile(path, '["alpha"]')],
  ['is a folder', (path) => rm(path).then(() => mkdir(path))],
  ['is a link to itself', (path) => rm(path).then(() => symlink(path, path))],
];

describe('the accounts of a running gateway', () => {
  let sandbox: Sandbox;
  let problems: string[];

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    problems = [];
    await registerAccounts(sandbox, ['alpha', 'beta']);
  });
  afterEach(async () => {
    setFaults([]);
    await sandbox.remove();
  });

  const live = (): ReturnType<typeof liveAccounts> =>
    liveAccounts(sandbox.store, (problem) => problems.push(problem));
  const names = async (accounts: ReturnType<typeof liveAccounts>): Promise<string[]> =>
    (await accounts.current()).map(({name}) => name);

  const cases: typeof DAMAGES = [...DAMAGES, ['is gone', (path) => rm(path)]];
  for (const [what, damage] of cases) {
    it(`stay those that it had when its registry ${what}, and follow it once that is mended`, async () => {
      const accounts = live();
      assert.deepEqual(await names(accounts), ['alpha', 'beta']);
      await damage(sandbox.store.folder.registryFile);
      assert.deepEqual(await names(accounts), ['alpha', 'beta']);
      assert.deepEqual(await names(accounts), ['alpha', 'beta']);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(
        problems[0] ?? '',
        /^The accounts' state could not be read, and is taken as it was: .*registry\.json/,
      );
      await rm(sandbox.store.folder.registryFile, {recursive: true, force: true});
      await writeData(sandbox, 'registry.json', {accounts: ['beta', 'gamma']});
      assert.deepEqual(await names(accounts), ['beta', 'gamma']);
    });
  }

  it('are none of those whose status is garbled meanwhile', async () => {
    await writeData(sandbox, 'account_status.json', {statuses: {alpha: {lastError: 'out'}}});
    const accounts = live();
    await accounts.current();
    await writeFile(sandbox.store.folder.statusFile, '{cut');
    assert.equal((await accounts.current())[0]?.status.lastError, 'out');
    assert.match(problems.join(), /account_status\.json cannot be read \(not JSON\)/);
  });

  it('are what usage was known of, when that is garbled meanwhile', async () => {
    await writeData(sandbox, 'usage.json', {accounts: {alpha: {plan: 'plus'}}});
    const usage = liveUsage(sandbox.store, (problem) => problems.push(problem));
    await usage.current();
    await writeFile(sandbox.store.folder.usageFile, '{cut');
    assert.equal((await usage.current()).accounts['alpha']?.plan, 'plus');
  });

  it('are none at all where a registry was never read', async () => {
    await writeFile(sandbox.store.folder.registryFile, '{cut');
    await assert.rejects(live().current(), {code: 'unreadable_file'});
  });

  it('may be taken out to the last', async () => {
    const accounts = live();
    await accounts.current();
    await writeData(sandbox, 'registry.next', {accounts: []});
    await rename(join(sandbox.dataDir, 'registry.next'), sandbox.store.folder.registryFile);
    assert.deepEqual(await names(accounts), []);
  });

  it('keep what could not be written for the next time, and say why', async () => {
    const accounts = live();
    await accounts.current();
    setFaults({op: 'rename', pathMatches: 'account_status', error: 'ENOSPC', onwards: true});
    accounts.change({name: 'alpha', change: (status) => ({...status, lastError: 'first'})});
    await accounts.flush();
    assert.match(
      problems.join(),
      /could not be saved\. Cannot write .*account_status\.json: the disk is full \(ENOSPC\)\. \w+/,
    );
    setFaults([]);
    await accounts.flush();
    assert.equal((await sandbox.store.status.read())('alpha').lastError, 'first');
    accounts.change({name: 'beta', change: (status) => ({...status, lastError: 'second'})});
    await accounts.flush();
    const statusOf = await sandbox.store.status.read();
    assert.deepEqual([statusOf('alpha').lastError, statusOf('beta').lastError], ['first', 'second']);
  });
});
