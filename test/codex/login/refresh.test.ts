import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {type Server, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';

import {readAuthFile, writeAuthFile} from '../../../src/codex/login/auth-file.js';
import {BackendConnection} from '../../../src/codex/backend/connection.js';
import {DEFAULT_OAUTH_CLIENT_ID as clientId, freshLogin} from '../../../src/codex/login/refresh.js';
import type {CaoError} from '../../../src/errors/index.js';
import {PROJECT_ROOT} from '../../support/cao.js';
import {World} from '../../support/world.js';
import {readJson} from '../../support/files.js';

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

  const fresh = (reason: Parameters<typeof freshLogin>[0]['reason'] = 'proactive_expiry') =>
    freshLogin({
      home,
      accountName: 'alpha',
      reason,
      connection,
      tokenUrl: world.simulator.tokenUrl,
      clientId,
    });

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
      import {freshLogin} from ${JSON.stringify(join(PROJECT_ROOT, 'dist/codex/login/refresh.js'))};
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
