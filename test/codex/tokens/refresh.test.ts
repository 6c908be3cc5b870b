import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdir, readFile, readdir, rename, rm, rmdir, stat, writeFile} from 'node:fs/promises';
import {type Server, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';

import {saveLoginsAtTheEnd} from '../../../src/accounts/save-logins.js';
import {readAuthFile, writeAuthFile} from '../../../src/codex/login/auth-file.js';
import {BackendConnection} from '../../../src/codex/backend/connection.js';
import type {CodexAuth} from '../../../src/codex/login/auth-shape.js';
import {
  DEFAULT_OAUTH_CLIENT_ID as clientId,
  type RefreshOptions,
  type RefreshReason,
  freshLogin,
} from '../../../src/codex/tokens/refresh.js';
import {completeLogin} from '../../../src/codex/login/login-lock.js';
import {forgetUnsaved, saveUnsavedLogins} from '../../../src/codex/tokens/unsaved-logins.js';
import {codexesIn} from '../../../src/codex/process/home-users.js';
import type {CaoError} from '../../../src/errors/index.js';
import {CODEX, PROJECT_ROOT} from '../../support/cao.js';
import {World} from '../../support/world.js';
import {readJson} from '../../support/files.js';
import {until} from '../../support/until.js';

/** Where a login's successor is written. */
const NEXT = 'auth.json.cao-next';

describe('refreshing tokens', () => {
  let world: World;
  let home: string;
  let connection: BackendConnection;

  before(async () => {
    connection = await BackendConnection.open({env: {}});
  });
  after(() => connection.close());

  beforeEach(async () => {
    world = await World.create('alpha');
    home = world.sandbox.accountHome('alpha');
  });

  afterEach(() => world.close());

  const options = (reason: RefreshReason): RefreshOptions => ({
    home,
    accountName: 'alpha',
    reason,
    connection,
    tokenUrl: world.simulator.tokenUrl,
    clientId,
  });
  const fresh = (reason: RefreshReason = 'proactive_expiry'): Promise<CodexAuth> =>
    freshLogin(options(reason));

  const refreshes = () => world.simulator.requests.filter(({path}) => path === '/oauth/token');

  const expire = async (): Promise<void> => {
    const auth = world.simulator.account('alpha').authJson(60);
    await writeAuthFile(home, {
      ...auth,
      unknown_key: 'kept',
      tokens: {...(auth['tokens'] as object), login_owner_id: 'kept too'},
    });
  };

  it('leaves a token alone that is good for longer', async () => {
    await fresh();
    assert.equal(refreshes().length, 0);
  });

  it('refreshes ahead of the expiry, keeps unknown keys, and has the tokens on disk', async () => {
    await expire();
    const before = await readAuthFile(home);
    const auth = await fresh();
    assert.notEqual(
      auth.tokens?.access_token,
      before.kind === 'ok' ? before.auth.tokens?.access_token : null,
    );
    const written = await readJson<
      Record<string, unknown> & {
        tokens: Record<string, unknown>;
      }
    >(join(home, 'auth.json'));
    assert.equal(written['unknown_key'], 'kept');
    assert.equal(written.tokens['login_owner_id'], 'kept too');
    assert.equal(written.tokens['access_token'], auth.tokens?.access_token);
    assert.deepEqual(refreshes()[0]?.body, {
      client_id: 'app_EMoamEEZ73f0CkXaXp7hrann',
      grant_type: 'refresh_token',
      refresh_reason: 'proactive_expiry',
      refresh_token: before.kind === 'ok' ? before.auth.tokens?.refresh_token : null,
    });
  });

  it('refreshes once for many callers at the same time', async () => {
    await expire();
    const logins = await Promise.all(Array.from({length: 20}, () => fresh()));
    assert.equal(refreshes().length, 1);
    assert.equal(new Set(logins.map((auth) => auth.tokens?.access_token)).size, 1);
  });

  it('refreshes once for several processes at the same time', async () => {
    await expire();
    const script = `
      import {freshLogin} from ${JSON.stringify(join(PROJECT_ROOT, 'dist/codex/tokens/refresh.js'))};
      import {BackendConnection} from ${JSON.stringify(join(PROJECT_ROOT, 'dist/codex/backend/connection.js'))};
      const [, home, tokenUrl] = process.argv;
      const connection = await BackendConnection.open({env: {}});
      await freshLogin({home, accountName: 'alpha', reason: 'proactive_expiry', connection, tokenUrl, clientId: 'app'});
      await connection.close();
    `;
    const exits = await Promise.all(
      Array.from({length: 4}, () => {
        const child = spawn(
          process.execPath,
          ['--input-type=module', '-e', script, home, world.simulator.tokenUrl],
          {stdio: 'inherit'},
        );
        return new Promise((resolve) => child.once('close', resolve));
      }),
    );
    assert.deepEqual(exits, [0, 0, 0, 0]);
    assert.equal(refreshes().length, 1);
  });

  it('takes over tokens that Codex has written meanwhile instead of spending its own', async () => {
    const state = await readAuthFile(home);
    const refused = state.kind === 'ok' ? (state.auth.tokens?.access_token ?? '') : '';
    await writeAuthFile(home, world.simulator.account('alpha').authJson());
    await fresh({refused});
    assert.equal(refreshes().length, 0);
  });

  it('says that a login is needed when the refresh token is spent, without showing it', async () => {
    await expire();
    const state = await readAuthFile(home);
    const stale = state.kind === 'ok' ? state.auth : null;
    await fresh();
    assert.ok(stale);
    await writeAuthFile(home, stale);
    await assert.rejects(fresh(), (error: CaoError) => {
      assert.equal(error.code, 'needs_login');
      assert.ok(!error.message.includes(stale.tokens?.refresh_token ?? ''));
      assert.deepEqual(error.suggestions, ['Log in again: cao add alpha']);
      return true;
    });
  });

  it('takes the token nowhere else when the endpoint redirects', async () => {
    await expire();
    const bodies: string[] = [];
    const elsewhere = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on('end', () => response.end('{"access_token":"made up"}'));
    });
    const redirecting = createServer((request, response) => {
      request.resume();
      response.writeHead(307, {location: urlOf(elsewhere)}).end();
    });
    for (const server of [elsewhere, redirecting]) await once(server.listen(0, '127.0.0.1'), 'listening');
    const tokenUrl = urlOf(redirecting);
    await assert.rejects(
      freshLogin({home, accountName: 'alpha', reason: 'proactive_expiry', connection, tokenUrl, clientId}),
      (error: CaoError) => error.code === 'refresh_failed' && error.message.includes('a redirect'),
    );
    assert.deepEqual(bodies, []);
    for (const server of [elsewhere, redirecting]) server.closeAllConnections();
    for (const server of [elsewhere, redirecting]) server.close();
  });

  it('spends nothing while there is no room for new tokens', async () => {
    await expire();
    await mkdir(join(home, NEXT));
    await assert.rejects(fresh(), (error: CaoError) => {
      assert.equal(error.code, 'refresh_failed');
      assert.match(error.message, /no place for new tokens: .*EISDIR/);
      assert.match(error.suggestions.join(' '), /was not spent/);
      return true;
    });
    assert.equal(refreshes().length, 0);
  });

  it('takes up what a killed process had written before it was put into place', async () => {
    await expire();
    const spent = await readFile(join(home, 'auth.json'), 'utf8');
    const renewed = await fresh();
    await rename(join(home, 'auth.json'), join(home, NEXT));
    await writeFile(join(home, 'auth.json'), spent);
    await completeLogin(home);
    assert.deepEqual(await fresh(), renewed);
    assert.equal(refreshes().length, 1);
    assert.ok(!existsSync(join(home, NEXT)));
  });

  describe('where the new ones cannot be written', () => {
    let told: string[];

    /** Takes the room away while the endpoint answers. */
    const spendInVain = async (): Promise<CodexAuth> => {
      const slot = join(home, NEXT);
      const taken = until(() => existsSync(slot), 'the room').then(() => rm(slot));
      const auth = await freshLogin({...options('proactive_expiry'), onUnsaved: (line) => told.push(line)});
      await taken;
      return auth;
    };

    beforeEach(async () => {
      told = [];
      await world.close();
      world = await World.with({accounts: [{name: 'alpha'}], refreshDelayMs: 200});
      home = world.sandbox.accountHome('alpha');
      await expire();
    });

    it('goes on with them, says so, spends no token again, and writes them as soon as it can', async () => {
      const before = await readFile(join(home, 'auth.json'), 'utf8');
      const auth = await spendInVain();
      assert.equal(await readFile(join(home, 'auth.json'), 'utf8'), before);
      assert.match(told.join(), /^The new tokens of alpha could not be written \(ENOENT/);
      assert.deepEqual(await fresh(), auth);
      assert.equal(refreshes().length, 1);
      assert.deepEqual(await saveUnsavedLogins(), []);
      assert.deepEqual(JSON.parse(await readFile(join(home, 'auth.json'), 'utf8')), auth);
    });

    it('lets a login go that somebody else has put there meanwhile', async () => {
      await spendInVain();
      const other = world.simulator.account('alpha').authJson();
      await writeAuthFile(home, other);
      assert.equal(
        (await fresh()).tokens?.access_token,
        (other['tokens'] as {access_token: string}).access_token,
      );
      assert.deepEqual(await saveUnsavedLogins(), []);
    });

    it('does not end before they are written, where there is room in time', async () => {
      const auth = await spendInVain();
      await mkdir(join(home, NEXT));
      const said: string[] = [];
      const saved = saveLoginsAtTheEnd((line) => {
        said.push(line);
        void rmdir(join(home, NEXT));
      }, 20_000);
      await saved;
      assert.match(
        said.join('\n'),
        /^Waiting 20 s for room on the disk: without it the login of alpha is lost\.$/,
      );
      assert.deepEqual(JSON.parse(await readFile(join(home, 'auth.json'), 'utf8')), auth);
    });

    it('ends with them elsewhere, and says how to put them back', async () => {
      const auth = await spendInVain();
      await mkdir(join(home, NEXT));
      const said: string[] = [];
      await saveLoginsAtTheEnd((line) => said.push(line), 10);
      const [, folder = ''] =
        /^The login of alpha is in (\S+) now\. When there is room: mv /.exec(said[1] ?? '') ?? [];
      try {
        assert.deepEqual(JSON.parse(await readFile(join(folder, 'auth.json'), 'utf8')), auth);
        assert.equal((await stat(join(folder, 'auth.json'))).mode & 0o777, 0o600);
      } finally {
        await rm(folder, {recursive: true});
        forgetUnsaved(home);
      }
    });
  });

  describe('beside a Codex that was not started by cao', function () {
    this.timeout(30_000);
    let stop: () => Promise<unknown>;

    const beside = (reason: RefreshReason): Promise<CodexAuth> =>
      freshLogin({...options(reason), codexRenewsWithinMs: 1500});

    beforeEach(async function () {
      if (process.platform === 'win32') this.skip();
      const codex = spawn(CODEX, ['app-server'], {
        env: {...process.env, ...world.env, CODEX_HOME: home},
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const ended = once(codex, 'exit');
      stop = () => {
        codex.stdin.end();
        return ended;
      };
      // By then it has read its login.
      await until(
        async () => (await readdir(home)).some((file) => file.endsWith('.sqlite')),
        'the other Codex',
      );
      assert.equal((await codexesIn(home, () => false)).length, 1);
    });
    afterEach(() => stop());

    it('leaves a token to that one for as long as it is good', async () => {
      await expire();
      const before = await readAuthFile(home);
      assert.deepEqual(await beside('proactive_expiry'), before.kind === 'ok' ? before.auth : null);
      assert.equal(refreshes().length, 0);
    });

    it('takes what that one writes once the token is out', async () => {
      await writeAuthFile(home, world.simulator.account('alpha').authJson(-60));
      const renewing = beside('proactive_expiry');
      const others = world.simulator.account('alpha').authJson();
      setTimeout(() => void writeAuthFile(home, others), 300);
      const {tokens} = await renewing;
      assert.equal(tokens?.access_token, (others['tokens'] as {access_token: string}).access_token);
      assert.equal(refreshes().length, 0);
    });

    it('spends it itself where that one does nothing in time', async () => {
      await writeAuthFile(home, world.simulator.account('alpha').authJson(-60));
      const began = performance.now();
      await beside('proactive_expiry');
      assert.ok(performance.now() - began >= 1500);
      assert.equal(refreshes().length, 1);
    });
  });

  it('does not give a login up because the network is down', async () => {
    await expire();
    const before = await readFile(join(home, 'auth.json'), 'utf8');
    await assert.rejects(
      freshLogin({
        home,
        accountName: 'alpha',
        reason: 'proactive_expiry',
        connection,
        tokenUrl: 'http://127.0.0.1:1/',
        clientId,
      }),
      (error: CaoError) => error.code === 'refresh_failed',
    );
    assert.equal(await readFile(join(home, 'auth.json'), 'utf8'), before);
  });
});

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
