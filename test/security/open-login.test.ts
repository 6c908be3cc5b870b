import assert from 'node:assert/strict';
import {chmod, cp, mkdir, rename, stat, symlink, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';

import {BackendConnection} from '../../src/codex/backend/connection.js';
import {DEFAULT_OAUTH_CLIENT_ID as clientId, freshLogin} from '../../src/codex/tokens/refresh.js';
import {authJson, registerAccounts} from '../support/accounts.js';
import {cao as caoAsProcess} from '../support/cao.js';
import {readJson} from '../support/files.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';

describe('an auth.json that others may read', () => {
  let sandbox: Sandbox;
  let file: string;
  let env: Record<string, string>;

  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['a', 'b']);
    file = join(sandbox.accountHome('b'), 'auth.json');
    await chmod(file, 0o644);
    const bin = join(sandbox.home, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'codex'), '#!/bin/sh\nexit 0\n', {mode: 0o755});
    env = {PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, CODEX_HOME: sandbox.accountHome('a')};
    await writeFile(join(sandbox.accountHome('a'), 'AGENTS.md'), 'x');
  });
  afterEach(() => sandbox.remove());

  const mode = async (path = file): Promise<number> => (await stat(path)).mode & 0o777;

  const WRITERS: [what: string, write: () => Promise<unknown>][] = [
    ['add', () => cao(sandbox, ['add', 'b', '--no-login'], {env})],
    ['run', () => caoAsProcess(sandbox, ['run', '--account', 'b', '--', 'exec', 'hi'], {env})],
    ['share', () => cao(sandbox, ['share', '--yes'], {env})],
    ['gateway enable', () => cao(sandbox, ['gateway', 'enable', '--home', sandbox.accountHome('b')], {env})],
    [
      'import',
      async () => {
        const source = join(sandbox.home, 'other');
        await mkdir(source);
        await writeFile(join(source, 'auth.json'), JSON.stringify(authJson('b')));
        await cao(sandbox, ['import', 'codex-home', '--source', source, '--overwrite', '--older'], {env});
      },
    ],
    [
      'a refresh that fails',
      async () => {
        const connection = await BackendConnection.open({env: {}});
        const options = {connection, tokenUrl: 'http://127.0.0.1:1/', clientId};
        const {tokens} = await readJson<{tokens: {access_token: string}}>(file);
        const reason = {refused: tokens.access_token};
        await freshLogin({home: sandbox.accountHome('b'), accountName: 'b', reason, ...options}).catch(
          () => undefined,
        );
        await connection.close();
      },
    ],
  ];

  for (const [what, write] of WRITERS) {
    it(`is closed by ${what}`, async () => {
      await write();
      assert.equal(await mode(), 0o600);
    });
  }

  it('is left to its owner where it is only linked to', async () => {
    const elsewhere = join(sandbox.home, 'elsewhere.json');
    await rename(file, elsewhere);
    await symlink(elsewhere, file);
    await cao(sandbox, ['add', 'b', '--no-login'], {env});
    assert.equal(await mode(elsewhere), 0o644);
  });

  it('is not touched by commands that only look', async () => {
    await cp(file, `${file}.copy`);
    for (const command of ['list', 'status', 'current', 'doctor']) await cao(sandbox, [command], {env});
    assert.equal(await mode(), 0o644);
  });
});
