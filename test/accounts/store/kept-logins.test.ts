import assert from 'node:assert/strict';
import {readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {keepLogin} from '../../../src/accounts/store/kept-logins.js';
import {registerAccounts} from '../../support/accounts.js';
import {Sandbox} from '../../support/sandbox.js';

describe('logins kept aside', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['work', 'home']);
  });
  afterEach(() => sandbox.remove());

  const login = (text: string) => writeFile(join(sandbox.accountHome('work'), 'auth.json'), text);
  const keep = (nowMs: number) => keepLogin(sandbox.store.folder, 'work', nowMs);
  const kept = async (name: string): Promise<string[]> => {
    const folder = sandbox.store.folder.keptLogins(name);
    const files = (await readdir(folder).catch(() => [])).sort();
    return Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  };

  it('are byte for byte what was there, whatever it was, once each', async () => {
    for (const [atMs, text] of [
      [1000, '\ufeff{"OPENAI_API_KEY":'],
      [2000, '\ufeff{"OPENAI_API_KEY":'],
      [3000, '{}'],
    ] as const) {
      await login(text);
      await keep(atMs);
    }
    assert.deepEqual(await kept('work'), ['\ufeff{"OPENAI_API_KEY":', '{}']);
  });

  it('are all there when they are of one moment, in their order', async () => {
    for (const text of ['{"n":1}', '{"n":2}', '{"n":3}']) {
      await login(text);
      await keep(1000);
    }
    assert.deepEqual(await kept('work'), ['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it('are none of a home that has none', async () => {
    await login('');
    assert.equal(await keep(1000), null);
    assert.equal(await keepLogin(sandbox.store.folder, 'nobody'), null);
    assert.deepEqual(await kept('work'), []);
  });

  it('are the newest ten', async () => {
    for (let n = 0; n < 12; n++) {
      await login(`{"n":${n}}`);
      await keep(n * 1000);
    }
    const copies = await kept('work');
    assert.equal(copies.length, 10);
    assert.equal(copies[0], '{"n":2}');
  });

  it('go with their account', async () => {
    await login('{"n":1}');
    await keep(1000);
    await sandbox.store.rename('work', 'office');
    assert.deepEqual(await kept('office'), ['{"n":1}']);
    assert.deepEqual(await kept('work'), []);
    await sandbox.store.remove('office', {keepFiles: true});
    assert.deepEqual(await kept('office'), ['{"n":1}']);
    await sandbox.store.add('office');
    await sandbox.store.remove('office', {keepFiles: false});
    assert.deepEqual(await kept('office'), []);
  });
});
