import assert from 'node:assert/strict';
import {chmod, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {filesCheck} from '../../../src/plugins/checks/files.js';
import {sampleAccount, sampleDoctorContext} from '../../../src/published/samples.js';
import {Sandbox} from '../../support/sandbox.js';

describe('the check of files', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await sandbox.store.add('good');
  });
  afterEach(() => sandbox.remove());

  async function found(names: string[]): Promise<[code: string, account: string | null][]> {
    const accounts = names.map((name) => sampleAccount({name, accountDir: sandbox.accountHome(name)}));
    const findings = await filesCheck.run(sampleDoctorContext({dataDir: sandbox.dataDir, accounts}));
    return findings.map(({code, account}) => [code, account]);
  }

  it('finds nothing in folders as cao makes them, nor in one that is not there', async () => {
    assert.deepEqual(await found(['good', 'missing']), []);
  });

  it('tells of an account’s folder that cannot be read, and looks at the others', async () => {
    await symlink(sandbox.accountHome('bad'), sandbox.accountHome('bad'));
    await chmod(sandbox.accountHome('good'), 0o755);
    assert.deepEqual(await found(['bad', 'good']), [
      ['folder_unreadable', 'bad'],
      ['permissions_open', 'good'],
      ['auth_unreadable', 'bad'],
    ]);
  });

  it('tells of what was moved aside', async () => {
    await writeFile(join(sandbox.dataDir, 'registry.json.corrupt-1'), '{', {mode: 0o600});
    assert.deepEqual(await found([]), [['corrupt_leftover', null]]);
  });
});
