import assert from 'node:assert/strict';
import {once} from 'node:events';
import {rm, writeFile} from 'node:fs/promises';
import type {IncomingMessage} from 'node:http';
import {type AddressInfo, createServer} from 'node:net';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';

import WebSocket from 'ws';

import {BackendConnection} from '../../../src/codex/backend/connection.js';
import {writeAuthFile} from '../../../src/codex/login/auth-file.js';
import {AskableCodex} from '../../../src/codex/app-server/askable-codex.js';
import {DEFAULT_OAUTH_CLIENT_ID as clientId, freshLogin} from '../../../src/codex/tokens/refresh.js';
import {readUsage} from '../../../src/codex/usage/read-usage.js';
import type {CaoError} from '../../../src/errors/index.js';
import {DEFAULT_GATEWAY_CONFIG} from '../../../src/accounts/data/gateway-file.js';
import {gatewaySecret} from '../../../src/gateway/config/secret.js';
import {startGateway} from '../../../src/gateway/server/gateway.js';
import {ConnectProxy} from '../../support/connect-proxy.js';
import {MemoryLog, decide, say} from '../../support/gateway.js';
import {World} from '../../support/world.js';

/** Of the proxy in tests of what must not be shown. */
const PASSWORD = 'not-to-be-seen';

describe('the connection to the backend', function () {
  let world: World;
  let home: string;
  let port: string;
  let proxy: ConnectProxy;
  let open: BackendConnection[];

  before(async () => {
    world = await World.create('alpha');
    home = world.sandbox.accountHome('alpha');
    ({port} = new URL(world.simulator.httpsUrl));
  });
  after(() => world.close());
  beforeEach(async () => {
    open = [];
    proxy = await ConnectProxy.start();
    await rm(join(home, '.env'), {force: true});
    await writeAuthFile(home, world.simulator.account('alpha').authJson());
  });
  afterEach(async () => {
    await Promise.all(open.map((connection) => connection.close()));
    await proxy.close();
  });

  async function connect(env: NodeJS.ProcessEnv): Promise<BackendConnection> {
    const connection = await BackendConnection.open({env});
    open.push(connection);
    return connection;
  }

  const trust = (): {CODEX_CA_CERTIFICATE?: string} => ({
    CODEX_CA_CERTIFICATE: world.env['CODEX_CA_CERTIFICATE'] ?? '',
  });

  /** Runs `work` against a gateway whose backend is at `backend`. */
  async function throughGateway(
    backend: string,
    connection: BackendConnection,
    work: (url: string, secret: string) => Promise<void>,
  ): Promise<void> {
    const {store} = world.sandbox;
    const gateway = await startGateway({
      store,
      decide,
      strategy: 'ordered',
      log: new MemoryLog(),
      connection,
      config: {
        ...DEFAULT_GATEWAY_CONFIG,
        port: 0,
        baseUrl: `${backend}/backend-api/codex`,
        upstreamMaxRetries: 0,
      },
    });
    try {
      await work(gateway.url, await gatewaySecret(store.folder));
    } finally {
      await gateway.close({drainMs: 0});
    }
  }

  /** The four ways to the backend, each with the route that its request takes there. Rejects when it does not arrive. */
  const WAYS: {
    way: string;
    route: string;
    go: (backend: string, connection: BackendConnection) => Promise<void>;
  }[] = [
    {
      way: 'a refresh of tokens',
      route: 'refresh',
      async go(backend, connection) {
        await writeAuthFile(home, world.simulator.account('alpha').authJson(60));
        const tokenUrl = `${backend}/oauth/token`;
        await freshLogin({
          home,
          accountName: 'alpha',
          reason: 'proactive_expiry',
          connection,
          tokenUrl,
          clientId,
        });
      },
    },
    {
      way: 'asking for usage',
      route: 'usage',
      async go(backend, connection) {
        await writeFile(join(home, 'config.toml'), `chatgpt_base_url = "${backend}/backend-api"\n`);
        const codex = await AskableCodex.find(join(home, 'no-codex'));
        await readUsage({
          home,
          accountName: 'alpha',
          connection,
          codex,
          clientId,
          onUnsaved: (line) => assert.fail(line),
        });
      },
    },
    {
      way: 'HTTP of the gateway',
      route: 'responses',
      go: (backend, connection) =>
        throughGateway(backend, connection, async (url, secret) => {
          const response = await fetch(`${url}/v1/responses`, {
            method: 'POST',
            headers: {authorization: `Bearer ${secret}`, 'content-type': 'application/json'},
            body: JSON.stringify(say('hello')),
          });
          const answer = await response.text();
          if (response.status !== 200) throw new Error(answer);
        }),
    },
    {
      way: 'a WebSocket of the gateway',
      route: 'upgrade',
      go: (backend, connection) =>
        throughGateway(backend, connection, async (url, secret) => {
          const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/responses`, {
            headers: {authorization: `Bearer ${secret}`},
          });
          const refused = once(socket, 'unexpected-response') as Promise<[unknown, IncomingMessage]>;
          await Promise.race([
            once(socket, 'open'),
            refused.then(async ([, response]) => {
              throw new Error(await text(response));
            }),
          ]);
          socket.terminate();
        }),
    },
  ];

  const CASES: {title: string; host: string; env: () => NodeJS.ProcessEnv; proxied: boolean}[] = [
    {title: 'HTTPS_PROXY', host: 'backend.test', env: () => ({HTTPS_PROXY: proxy.url}), proxied: true},
    {title: 'https_proxy', host: 'backend.test', env: () => ({https_proxy: proxy.url}), proxied: true},
    {title: 'ALL_PROXY alone', host: 'backend.test', env: () => ({ALL_PROXY: proxy.url}), proxied: true},
    {title: 'all_proxy alone', host: 'backend.test', env: () => ({all_proxy: proxy.address}), proxied: true},
    {
      title: 'https_proxy beside an empty HTTPS_PROXY',
      host: 'backend.test',
      env: () => ({HTTPS_PROXY: '', https_proxy: proxy.url}),
      proxied: true,
    },
    {
      title: 'HTTPS_PROXY beside an empty NO_PROXY',
      host: 'localhost',
      env: () => ({HTTPS_PROXY: proxy.url, NO_PROXY: ''}),
      proxied: true,
    },
    {
      title: 'NO_PROXY',
      host: 'localhost',
      env: () => ({HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost'}),
      proxied: false,
    },
    {
      title: 'no_proxy beside an empty NO_PROXY',
      host: 'localhost',
      env: () => ({HTTPS_PROXY: proxy.url, NO_PROXY: '', no_proxy: 'localhost'}),
      proxied: false,
    },
    {
      title: 'empty proxies',
      host: 'localhost',
      env: () => ({HTTPS_PROXY: '', ALL_PROXY: ''}),
      proxied: false,
    },
    {
      title: 'SSL_CERT_FILE beside an empty CODEX_CA_CERTIFICATE',
      host: 'localhost',
      env: () => ({CODEX_CA_CERTIFICATE: '', SSL_CERT_FILE: world.env['CODEX_CA_CERTIFICATE']}),
      proxied: false,
    },
  ];

  for (const {way, route, go} of WAYS) {
    describe(`for ${way}`, () => {
      for (const {title, host, env, proxied} of CASES) {
        it(`is ${proxied ? 'through the proxy' : 'direct'} with ${title}`, async () => {
          const before = world.simulator.requests.length;
          await go(`https://${host}:${port}`, await connect({...trust(), ...env()}));
          const arrived = world.simulator.requests.slice(before).filter((request) => request.route === route);
          assert.deepEqual(
            arrived.map(({scheme}) => scheme),
            ['https'],
          );
          assert.deepEqual(proxy.asked, proxied ? [`${host}:${port}`] : []);
        });
      }

      it('is not there without the proxy', async () => {
        await assert.rejects(
          go(`https://backend.test:${port}`, await connect(trust())),
          /ENOTFOUND|EAI_AGAIN/,
        );
      });

      it('trusts nobody whom neither Node nor the environment does', async () => {
        const {requests} = world.simulator;
        const before = requests.length;
        await assert.rejects(go(`https://localhost:${port}`, await connect({})), /certificate|UNABLE_TO/);
        assert.equal(requests.length, before);
      });

      it('takes the proxy from the .env of the home', async () => {
        await writeFile(join(home, '.env'), `HTTPS_PROXY=${proxy.url}\n`);
        await go(
          `https://backend.test:${port}`,
          await connect({...trust(), HTTPS_PROXY: 'http://127.0.0.1:1'}),
        );
        assert.deepEqual(proxy.asked, [`backend.test:${port}`]);
      });

      it('takes the proxy from the .env of the home with what it refers to', async () => {
        await writeFile(join(home, '.env'), 'HTTPS_PROXY="http://${PROXY_HOST}"\n');
        const env = {...trust(), PROXY_HOST: proxy.address};
        await go(`https://backend.test:${port}`, await connect(env));
        assert.deepEqual(proxy.asked, [`backend.test:${port}`]);
      });

      for (const [place, value] of [
        ['your environment', 'socks5h://us:PASSWORD@127.0.0.1:1'],
        ['your environment', 'http://us:PASSWORD@127.0.0.1:port'],
        ['the .env', 'socks5://us:PASSWORD@127.0.0.1:1'],
        ['the .env', 'ftp://us:PASSWORD@127.0.0.1'],
      ] as const) {
        it(`goes nowhere with ${value} in ${place}, and names the variable to change`, async () => {
          const {requests} = world.simulator;
          const before = requests.length;
          const inHome = place === 'the .env';
          if (inHome) await writeFile(join(home, '.env'), `ALL_PROXY=${value}\n`);
          const env = {...trust(), ...(inHome ? {} : {ALL_PROXY: value})};
          const going = go(`https://localhost:${port}`, await connect(env));
          await assert.rejects(going, ({message}: Error) => {
            assert.ok(message.includes(`ALL_PROXY in ${inHome ? join(home, '.env') : place} `), message);
            assert.ok(!message.includes('PASSWORD'));
            return true;
          });
          assert.equal(requests.length, before);
        });
      }

      it('gives the proxy the credentials in its address, and says nothing of them when it refuses', async () => {
        proxy.refusal = '407 Proxy Authentication Required';
        const address = `http://us%40er:${PASSWORD}@${proxy.address}`;
        const going = go(`https://backend.test:${port}`, await connect({...trust(), HTTPS_PROXY: address}));
        await assert.rejects(going, ({message}: Error) => {
          const said = `The proxy ${proxy.address} (HTTPS_PROXY in your environment) refuses to connect to backend.test:${port} (status 407)`;
          assert.ok(message.includes(said), message);
          assert.ok(!message.includes(PASSWORD) && !message.includes('us%40er'));
          return true;
        });
        const expected = `Basic ${Buffer.from(`us@er:${PASSWORD}`).toString('base64')}`;
        assert.deepEqual(proxy.credentials, [expected]);
      });

      it('says that the proxy cannot be used', async () => {
        const env = {...trust(), HTTPS_PROXY: `http://us:${PASSWORD}@127.0.0.1:1`};
        await assert.rejects(go(`https://backend.test:${port}`, await connect(env)), ({message}: Error) => {
          assert.match(
            message,
            /The proxy 127\.0\.0\.1:1 \(HTTPS_PROXY in your environment\) cannot be used \(ECONNREFUSED\)/,
          );
          assert.ok(!message.includes(PASSWORD));
          return true;
        });
      });
    });
  }

  it('reads certificates again after they could not be read', async () => {
    const connection = await connect({});
    const file = join(world.sandbox.home, 'late.pem');
    await writeFile(join(home, '.env'), `SSL_CERT_FILE=${file}\n`);
    await assert.rejects(connection.route(home), (error: CaoError) => error.code === 'ca_unreadable');
    await writeFile(file, world.simulator.caPem);
    await connection.route(home);
  });

  it('waits no longer for a silent proxy than for any connection', async () => {
    const connection = await BackendConnection.open({
      env: {ALL_PROXY: proxy.url},
      connectTimeoutMs: 50,
    });
    open.push(connection);
    proxy.silent = true;
    const {dispatcher} = await connection.route(null);
    await assert.rejects(
      dispatcher.request({origin: 'http://backend.test', path: '/', method: 'GET'}),
      /The proxy .* cannot be used \(UND_ERR_HEADERS_TIMEOUT\)/,
    );
  });

  it('waits no longer for the answer to a WebSocket than it is told to', async () => {
    const deaf = createServer().listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const {port: deafPort} = deaf.address() as AddressInfo;
    const {createConnection} = await (await connect({})).route(null);
    const socket = new WebSocket(`ws://127.0.0.1:${deafPort}`, {
      handshakeTimeout: 50,
      createConnection: createConnection(`http://127.0.0.1:${deafPort}`),
    });
    const [error] = (await once(socket, 'error')) as [Error];
    assert.match(error.message, /timed out/);
    deaf.close();
  });

  const CERTIFICATES: {title: string; content: string | null}[] = [
    {title: 'a file that is missing', content: null},
    {title: 'a file without certificates', content: 'no PEM\n'},
  ];
  for (const {title, content} of CERTIFICATES) {
    it(`is not opened with ${title} in CODEX_CA_CERTIFICATE`, async () => {
      const file = join(world.sandbox.home, 'certificates.pem');
      if (content === null) await rm(file, {force: true});
      else await writeFile(file, content);
      await assert.rejects(connect({CODEX_CA_CERTIFICATE: file}), (error: CaoError) => {
        assert.equal(error.code, 'ca_unreadable');
        assert.ok(error.message.includes(file));
        return true;
      });
    });
  }
});
