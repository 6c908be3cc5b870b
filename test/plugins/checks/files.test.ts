import assert from 'node:assert/strict';
import {chmod, mkdir, symlink, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {openToOthers} from '../../../src/codex/home/private-files.js';
import {filesCheck} from '../../../src/plugins/checks/files.js';
import {sampleAccount, sampleDoctorContext} from '../../../src/published/samples.js';
import {authJson} from '../../support/accounts.js';
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

  it('tells of a login that was made after its cao was killed, once nobody is about to take it up', async () => {
    const left = join(sandbox.dataDir, '.login-new-a1');
    const login = JSON.stringify(authJson('ann'));
    for (const folder of [
      left,
      join(sandbox.dataDir, '.login-other-b2'),
      join(sandbox.dataDir, '.login-none-c3'),
    ])
      await mkdir(folder, {mode: 0o700});
    await writeFile(join(left, 'auth.json'), login, {mode: 0o600});
    await writeFile(join(sandbox.dataDir, '.login-other-b2', 'auth.json'), login, {mode: 0o600});
    const anHourAgo = new Date(Date.now() - 3_700_000);
    await utimes(join(left, 'auth.json'), anHourAgo, anHourAgo);
    const context = sampleDoctorContext({dataDir: sandbox.dataDir, accounts: [], nowMs: Date.now()});
    const findings = await filesCheck.run(context);
    assert.deepEqual(
      findings.map(({code, fix}) => [code, fix]),
      [['login_left_behind', `cao import codex-home --move --source ${left}`]],
    );
  });

  it('tells of an account’s folder that cannot be read, and looks at the others', async () => {
    await symlink(sandbox.accountHome('bad'), sandbox.accountHome('bad'));
    for (const path of [sandbox.home, sandbox.dataDir, sandbox.accountHome('good')]) await chmod(path, 0o755);
    assert.deepEqual(await found(['bad', 'good']), [
      ['permissions_open', null],
      ['folder_unreadable', 'bad'],
      ['permissions_open', 'good'],
      ['auth_unreadable', 'bad'],
    ]);
  });

  // Modes of the user's home, the data folder, an account's home and the login in it.
  const reach: [what: string, modes: [number, number, number, number], open: string[]][] = [
    ['a file in a closed folder is out of reach', [0o755, 0o700, 0o700, 0o644], []],
    ['an open folder in a closed one is out of reach', [0o755, 0o700, 0o755, 0o644], []],
    ['everything below a closed home is out of reach', [0o700, 0o755, 0o755, 0o644], []],
    ['a folder that can be listed but not passed closes its files', [0o755, 0o744, 0o755, 0o644], ['data']],
    [
      'a folder that can be passed opens its files',
      [0o755, 0o711, 0o711, 0o604],
      ['data', 'good', 'auth.json'],
    ],
    ['a group is others too', [0o750, 0o750, 0o750, 0o640], ['data', 'good', 'auth.json']],
  ];
  for (const [what, [home, data, account, file], open] of reach) {
    it(what, async function () {
      if (process.platform === 'win32') this.skip();
      const login = join(sandbox.accountHome('good'), 'auth.json');
      await writeFile(login, '{}');
      await chmod(login, file);
      await chmod(sandbox.accountHome('good'), account);
      await chmod(sandbox.dataDir, data);
      await chmod(sandbox.home, home);
      const paths = {data: sandbox.dataDir, good: sandbox.accountHome('good'), 'auth.json': login};
      const found = await openToOthers([sandbox.dataDir, sandbox.accountHome('good')]);
      const named = found.map(({path}) => path).filter((path) => Object.values(paths).includes(path));
      assert.deepEqual(
        named,
        open.map((name) => paths[name as keyof typeof paths]),
      );
    });
  }
});
