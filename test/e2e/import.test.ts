import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import {authFilePath} from '../../src/codex/login/auth-file.js';
import {parseAuth} from '../../src/codex/login/auth-shape.js';
import {World} from '../support/world.js';
import {readJson} from '../support/files.js';

/** A source that keeps no id token, filled from a login. */
type Source = {
  id: string;
  file: string;
  content: (tokens: {refresh: string; access: string; id: string}) => object;
};

const SOURCES: Source[] = [
  {
    id: 'codex-multi-auth',
    file: '.codex/multi-auth/openai-codex-accounts.json',
    content: ({refresh, id}) => ({
      version: 3,
      accounts: [
        {accountId: id, email: 'ann@example.com', refreshToken: refresh, expiresAt: 0, accountLabel: 'ann'},
      ],
      activeIndex: 0,
    }),
  },
  {
    id: 'opencode',
    file: '.local/share/opencode/auth.json',
    content: ({refresh, access, id}) => ({
      openai: {type: 'oauth', refresh, access, expires: 0, accountId: id},
    }),
  },
];

describe('an imported login without an id token', () => {
  let world: World;

  afterEach(() => world.close());

  for (const {id: source, file, content} of SOURCES) {
    it(`of ${source} is refreshed and used by the real Codex`, async () => {
      world = await World.create('alpha');
      const {sandbox} = world;
      const home = sandbox.accountHome('alpha');
      const config = await readFile(join(home, 'config.toml'), 'utf8');
      const {tokens} = parseAuth(await readJson(authFilePath(home)))!;
      const {refresh_token: refresh, access_token: access, account_id: id} = tokens!;
      await sandbox.store.remove('alpha', {keepFiles: false});
      const path = join(sandbox.home, file);
      await mkdir(dirname(path), {recursive: true});
      await writeFile(path, JSON.stringify(content({refresh: refresh!, access: access!, id: id!})));

      const imported = await world.cao(['import', source, '--json']);
      assert.equal(imported.exitCode, 0, imported.stderr);
      const {name} = (JSON.parse(imported.stdout) as {accounts: [{name: string}]}).accounts[0];
      await writeFile(join(sandbox.accountHome(name), 'config.toml'), config);

      const result = await world.exec(['say: imported']);
      assert.equal(result.exitCode, 0, result.stderr);
      assert.equal(result.stdout, 'imported\n');
      const after = parseAuth(await readJson(authFilePath(sandbox.accountHome(name))))!;
      assert.notEqual(after.tokens?.refresh_token, refresh);
      assert.match(after.tokens?.id_token ?? '', /^eyJ/);
    });
  }
});
