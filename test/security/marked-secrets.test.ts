import assert from 'node:assert/strict';
import {once} from 'node:events';
import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises';
import {type Server, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {delimiter, join} from 'node:path';

import {CREDENTIAL_VARIABLES} from '../../src/codex/process/environment.js';
import {asText, parseRecord} from '../../src/files/json-values.js';
import {mintJwt} from '../../src/simulator/index.js';
import {authJson, registerAccounts, writeData} from '../support/accounts.js';
import {type CaoResult, PROJECT_ROOT, cao} from '../support/cao.js';
import {readJson} from '../support/files.js';
import {caoInProcess} from '../support/in-process.js';
import {type Leak, MarkedSecrets, described} from '../support/marked-secrets.js';
import {FIXTURES} from '../support/packages.js';
import {RolloutWriter} from '../support/rollouts.js';
import {Sandbox} from '../support/sandbox.js';
import {until} from '../support/until.js';

const THREAD = '01a2054d-0000-7790-bf0d-3e89d8c89a0a';

/** Stands for a package at an address with a password in it. */
const REMOTE = 'remote';

/**
 * The command lines of every command, in the order in which they are run, each as it is and with `--json`. `but` names the
 * secrets that a command is there to print.
 */
const COMMANDS: Record<string, {lines: string[][]; but?: string[]}> = {
  list: {lines: [[], ['--details'], ['--no-such-flag']]},
  status: {
    lines: [[], ['--full'], ['--compact'], ['--live', '--force'], ['--doctor'], ['--report', 'nothing']],
  },
  current: {lines: [[], ['surplus']]},
  report: {
    lines: [
      ...['markdown', 'html', 'json'].flatMap((format) => [
        ['--format', format],
        ['--format', format, '--unmasked'],
      ]),
      ['--format', 'none'],
    ],
  },
  doctor: {lines: [[], ['--fix'], ['--routing'], ['--max-failures', 'x']]},
  extensions: {lines: [[], ['surplus']]},
  threads: {lines: [[], ['--limit', 'x']]},
  add: {lines: [['new', '--no-login'], ['key', '--with-api-key'], ['chatgpt'], ['not a name']]},
  import: {
    lines: [
      ['--dry-run'],
      ['codex-home', '--dry-run'],
      ['codex-home'],
      ['codex-auth', '--overwrite'],
      ['no-such-source'],
    ],
  },
  'config:list': {lines: [[], ['surplus']]},
  'config:get': {lines: [['quota.patterns'], ['no.such']]},
  'config:set': {
    lines: [
      ['usage.pollMinutes', '6'],
      ['usage.pollMinutes', 'x'],
    ],
  },
  'config:unset': {lines: [['usage.pollMinutes'], ['no.such']]},
  switch: {lines: [['chatgpt'], ['nobody']]},
  share: {lines: [['--dry-run'], ['--yes', '--config'], ['nobody']]},
  unshare: {lines: [['--dry-run'], ['--yes'], ['nobody']]},
  run: {
    lines: [
      ['--account', 'chatgpt', '--', 'exec', 'hi'],
      ['--account', 'key', '--', 'exec', 'hi'],
      ['--account', 'hostless', '--gateway', '--', 'exec', 'hi'],
      ['--account', 'nobody', '--', 'exec'],
    ],
  },
  resume: {lines: [[THREAD, '--exec', 'go on'], ['no-such-thread']]},
  'gateway:status': {lines: [[], ['--port', 'x']]},
  'gateway:enable': {lines: [[], ['--home', '/nowhere/at/all']]},
  'gateway:disable': {lines: [[], ['--home', '/nowhere/at/all']]},
  'gateway:token': {lines: [[], ['surplus']], but: ['gateway secret']},
  'gateway:logs': {lines: [[], ['--lines', 'x']]},
  'gateway:start': {
    lines: [
      ['--bind', '0.0.0.0'],
      ['--base-url', 'not an address'],
      ['--reserve', 'x'],
    ],
  },
  'gateway:stop': {lines: [[], ['--port', 'x']]},
  plugins: {lines: [[], ['surplus']]},
  'plugins:link': {lines: [[join(FIXTURES, 'good')], ['/nowhere']]},
  'plugins:inspect': {lines: [['cao-fixture-good'], ['nobody']]},
  'plugins:install': {
    lines: [['no-such-package', '--yes'], [REMOTE, '--yes'], ['/nowhere.tgz']],
  },
  'plugins:update': {lines: [[], ['nobody']]},
  'plugins:uninstall': {lines: [['cao-fixture-good'], ['nobody']]},
  'plugins:reset': {lines: [['--yes'], ['surplus']]},
  demo: {lines: [['--codex', '/nowhere/codex'], ['surplus']]},
  rename: {
    lines: [
      ['future', 'later'],
      ['nobody', 'x'],
    ],
  },
  remove: {lines: [['later', '--force'], ['cut', '--keep-files', '--force'], ['nobody']]},
};

/** Commands whose programs write to the terminal that they are handed: they run as processes of their own. */
const WITH_CHILDREN = new Set(['add', 'run', 'resume']);

/** Commands that have no `--json`. */
const PLAIN = new Set(['run', 'resume', 'gateway:token', 'gateway:logs']);

/** What an account's own Codex has of the user's environment: the programs that it starts may need it. */
const FOR_CODEX = [
  'proxy password',
  'proxy password in .env',
  'npm token',
  'npm auth token',
  'registry password',
];

/** What Node can be asked to show of itself. `child_process` shows a user's own environment, as it is. */
const INSIDE = 'esm,fs,http,http2,module,net,stream,timer,tls,undici,worker';

describe('a marked secret', function () {
  this.timeout(120_000);
  const secrets = new MarkedSecrets();
  let sandbox: Sandbox;
  let upstream: Server;
  let env: Record<string, string>;
  let remote: string;
  const record = (): string => join(sandbox.home, 'children.jsonl');

  before(async () => {
    sandbox = await Sandbox.create();
    upstream = await echoing();
    env = await world(sandbox, secrets, (upstream.address() as AddressInfo).port);
  });
  before(() => {
    const {port} = upstream.address() as AddressInfo;
    remote = `http://user:${secrets.make('password of a package')}@127.0.0.1:${port}/x.tgz`;
  });
  after(async () => {
    upstream.closeAllConnections();
    upstream.close();
    await sandbox.remove();
  });

  it('is looked for in the output of every command that there is', async () => {
    const {commands} = await readJson<{commands: Record<string, unknown>}>(
      join(PROJECT_ROOT, 'oclif.manifest.json'),
    );
    assert.deepEqual(Object.keys(COMMANDS).sort(), Object.keys(commands).sort());
  });

  for (const [command, {lines, but = []}] of Object.entries(COMMANDS)) {
    it(`is not printed by "cao ${command.replace(':', ' ')}", whether it works or fails`, async () => {
      const leaks: Leak[] = [];
      const look = ({stdout, stderr}: CaoResult, line: string): void => {
        leaks.push(
          ...secrets.leaksIn(stdout, `stdout of "${line}"`, but),
          ...secrets.leaksIn(stderr, `stderr of "${line}"`, but),
        );
        assert.doesNotMatch(stderr, /looks like a bug/, line);
      };
      for (const args of lines) {
        for (const form of PLAIN.has(command) ? [args] : [args, [...args, '--json']]) {
          const line = [...command.split(':'), ...form];
          const given = line.map((word) => (word === REMOTE ? remote : word));
          const run = WITH_CHILDREN.has(command) ? cao : caoInProcess;
          look(await run(sandbox, given, {env}), line.join(' '));
        }
      }
      assert.deepEqual(described(leaks), []);
    });
  }

  it('is not printed by commands that show what happens inside', async () => {
    const debug = {...env, DEBUG: '*', NODE_DEBUG: INSIDE};
    const lines = [
      ['status', '--live', '--force'],
      ['list', '--json'],
      ['add', 'not a name'],
      ['run', '--account', 'chatgpt', '--', 'exec', 'hi'],
    ];
    const results = await Promise.all(
      lines.map(async (line) => ({line, ...(await cao(sandbox, line, {env: debug}))})),
    );
    const leaks = results.flatMap(({line, stdout, stderr}) =>
      secrets.leaksIn(stdout + stderr, `output of "${line.join(' ')}" with DEBUG`),
    );
    assert.deepEqual(described(leaks), []);
  });

  it('is not printed with an error that nobody has caught', async () => {
    const preload = join(sandbox.home, 'crash.mjs');
    // Once the command has read the login: before that nobody could know the token, which has no shape.
    await writeFile(
      preload,
      `import {readFileSync} from 'node:fs';
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (...args) => {
  const {tokens} = JSON.parse(readFileSync(${JSON.stringify(join(sandbox.accountHome('chatgpt'), 'auth.json'))}, 'utf8'));
  setImmediate(() => { throw new Error('crashed with ' + Object.values(tokens).join(' ')); });
  return write(...args);
};`,
    );
    for (const more of [{}, {DEBUG: '*'}]) {
      const {exitCode, stdout, stderr} = await cao(sandbox, ['list', '--details'], {
        env: {...env, ...more, NODE_OPTIONS: `--import=${preload}`},
      });
      assert.equal(exitCode, 1);
      assert.match(stderr, /crashed with/);
      assert.deepEqual(described(secrets.leaksIn(stdout + stderr, 'the text of a crash')), []);
    }
  });

  it('is not told by a gateway that serves, in its log, its figures or its answers', async () => {
    const before = (await readFile(join(sandbox.dataDir, 'gateway.log'), 'utf8').catch(() => '')).length;
    const gateway = cao(sandbox, ['gateway', 'start', '--port', '0', '--log-file'], {
      env: {...env, DEBUG: '*', NODE_DEBUG: INSIDE},
      onStart: (child) =>
        void served(sandbox, before, () => child.kill('SIGTERM')).catch(() => child.kill('SIGKILL')),
    });
    const {stdout, stderr} = await gateway;
    const told = await readFile(join(sandbox.home, 'served.txt'), 'utf8').catch(() => stdout + stderr);
    assert.match(told, /cao_/, told.slice(-3000));
    assert.deepEqual(
      described([
        ...secrets.leaksIn(stdout, 'stdout of a gateway'),
        ...secrets.leaksIn(stderr, 'stderr of a gateway'),
        ...secrets.leaksIn(told, 'figures of a gateway'),
      ]),
      [],
    );
  });

  it('is handed to no program that has no need of it', async () => {
    const children = (await readFile(record(), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as {program: string; args: string[]; env: Record<string, string>});
    assert.ok(children.some(({program}) => program === 'codex'));
    const leaks = children.flatMap(({program, args, env: given}) => {
      const where = `${program} ${args.join(' ').slice(0, 60)}`;
      assert.deepEqual(
        Object.keys(given).filter((name) => CREDENTIAL_VARIABLES.includes(name)),
        [],
        where,
      );
      return [
        ...secrets.leaksIn(args.join('\n'), `arguments of ${where}`),
        ...secrets.leaksIn(JSON.stringify(given), `environment of ${where}`, FOR_CODEX),
      ];
    });
    assert.deepEqual(described(leaks), []);
  });

  it('is in no file but those that it was put in, and those that keep logins', async () => {
    assert.deepEqual(described(await secrets.leaksBelow(sandbox.home, belongsIn)), []);
  });
});

/** Files that may hold secrets, and which. */
function belongsIn(path: string): readonly string[] | 'any' {
  if (
    /(^|[/])(auth\.json|\.env|\.npmrc)(\.before[^/]*)?$|[/]\.kept-logins[/]|[/]\.logins-in-use[/]|[/]accounts[/]snap\.json$/.test(
      path,
    )
  )
    return 'any';
  if (/gateway\.secret$/.test(path)) return ['gateway secret'];
  // The user's own, and what "gateway enable" keeps of it to put it back.
  if (/config\.toml[^/]*$|gateway\.routes\.json$/.test(path))
    return ['password in a base URL', 'bearer token in config.toml', 'token in a broken config.toml'];
  if (/gateway\.json$/.test(path)) return ['password in gateway.json'];
  // What the test itself noted of children, looked at above.
  return path === 'children.jsonl' ? 'any' : [];
}

/** A backend, token endpoint and registry that refuses everything, and tells all it was told. */
async function echoing(): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const said = JSON.stringify({
        headers: request.headers,
        url: request.url,
        body: Buffer.concat(chunks).toString(),
      });
      const status =
        request.url?.includes('responses') === true
          ? 401
          : request.url?.includes('usage') === true
            ? 500
            : 400;
      response.writeHead(status, {
        'content-type': 'application/json',
        'set-cookie': `echo=${encodeURIComponent(request.headers.authorization ?? '')}`,
        'x-echo': request.headers.authorization ?? '',
      });
      const {refresh_token: refreshed} = parseRecord(Buffer.concat(chunks).toString()) ?? {};
      const code = asText(refreshed) ?? (request.headers.authorization ?? 'none').replace(/^\w+ /, '');
      response.end(JSON.stringify({error: {code, type: code, message: `refused: ${said}`}, detail: said}));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Accounts, homes, files and variables with a secret in every field that may hold one. @returns the environment. */
async function world(
  sandbox: Sandbox,
  secrets: MarkedSecrets,
  port: number,
): Promise<Record<string, string>> {
  const make = (name: string): string => secrets.make(name);
  const at = `127.0.0.1:${port}`;
  const names = [
    'chatgpt',
    'key',
    'personal',
    'agent',
    'agentjwt',
    'bedrock',
    'future',
    'cut',
    'wrong',
    'hostless',
  ];
  await registerAccounts(sandbox, names);
  const auth = (name: string, content: unknown): Promise<unknown> =>
    writeData(sandbox, `${name}/auth.json`, content);
  await auth('chatgpt', marked(authJson('chatgpt', {expiresAtMs: Date.now() - 1000}), 'chatgpt', make));
  await auth('hostless', marked(authJson('hostless'), 'hostless', make));
  await auth('key', {auth_mode: 'apikey', OPENAI_API_KEY: make('API key')});
  await auth('personal', {
    auth_mode: 'personalAccessToken',
    personal_access_token: make('personal access token'),
  });
  await auth('agent', {
    auth_mode: 'agentIdentity',
    agent_identity: {
      agent_private_key: make('agent identity key'),
      account_id: 'w',
      email: 'agent@example.test',
    },
  });
  await auth('agentjwt', {
    auth_mode: 'agentIdentity',
    agent_identity: mintJwt({account_id: 'w'}) + make('agent identity token'),
  });
  await auth('bedrock', {
    auth_mode: 'bedrockApiKey',
    bedrock_api_key: {api_key: make('bedrock key'), region: 'x'},
  });
  await auth('future', {
    auth_mode: 'ofNextYear',
    session_cookie: make('cookie of a kind to come'),
    deep: {client_secret: {x: make('secret of a kind to come')}},
  });
  await auth('cut', `{"tokens": {"access_token": "${make('token in a file cut off')}`);
  await auth('wrong', {
    tokens: {
      access_token: `${make('token that cannot be one')}\r\n x`,
      refresh_token: [make('token in a list')],
    },
  });
  await writeData(
    sandbox,
    'chatgpt/config.toml',
    `cli_auth_credentials_store = "file"\nforced_login_method = "chatgpt"\nchatgpt_base_url = "http://user:${make('password in a base URL')}@${at}/backend-api"\n[model_providers.mine]\nname = "mine"\nbase_url = "http://${at}"\nexperimental_bearer_token = "${make('bearer token in config.toml')}"\n`,
  );
  await writeData(
    sandbox,
    'personal/config.toml',
    `cli_auth_credentials_store = "file"\nforced_login_method = "chatgpt"\nchatgpt_base_url = "http://${at}/backend-api"\n`,
  );
  await writeData(
    sandbox,
    'wrong/config.toml',
    `experimental_bearer_token = "${make('token in a broken config.toml')}\n`,
  );
  await writeData(
    sandbox,
    'hostless/config.toml',
    `cli_auth_credentials_store = "file"\nforced_login_method = "chatgpt"\nchatgpt_base_url = "http://${at}/backend-api"\n`,
  );
  await writeData(
    sandbox,
    'hostless/.env',
    `HTTP_PROXY=http://user:${make('proxy password in .env')}@127.0.0.1:1\nOPENAI_API_KEY=${make('API key in .env')}\n`,
  );
  await writeData(
    sandbox,
    'key/.env',
    `HTTPS_PROXY="http://user:${make('proxy password in a broken .env')}@[::1\n`,
  );
  await writeData(sandbox, 'gateway.secret', `${make('gateway secret')}\n`);
  await writeData(sandbox, 'gateway.json', {
    baseUrl: `http://user:${make('password in gateway.json')}@${at}/backend-api/codex`,
    port: 1,
    upstreamMaxRetries: 0,
  });
  await writeData(sandbox, '../.codex/auth.json', marked(authJson('mine'), 'own', make));
  await writeData(sandbox, '../.codex/AGENTS.md', 'Be brief.');
  await writeData(sandbox, '../.codex/accounts/snap.json', marked(authJson('snap'), 'snapshot', make));
  await writeData(sandbox, '../.npmrc', `//${at}/:_authToken=${make('npm auth token')}\n`);
  await RolloutWriter.begun(THREAD, sandbox.home, 'paint the door')
    .answers('done')
    .write(sandbox.accountHome('chatgpt'));
  const bin = join(sandbox.home, 'bin');
  await mkdir(bin);
  const codex = join(bin, 'codex');
  await writeFile(codex, recorder(join(sandbox.home, 'children.jsonl')));
  await chmod(codex, 0o755);
  return {
    PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    OPENAI_API_KEY: make('OPENAI_API_KEY'),
    CODEX_API_KEY: make('CODEX_API_KEY'),
    CODEX_ACCESS_TOKEN: make('CODEX_ACCESS_TOKEN'),
    HTTPS_PROXY: `http://user:${make('proxy password')}@127.0.0.1:1`,
    NPM_TOKEN: make('npm token'),
    // Else npm waits ten seconds before it tries again.
    npm_config_fetch_retry_mintimeout: '1',
    npm_config_fetch_retry_maxtimeout: '1',
    CAO_NPM_REGISTRY: `http://user:${make('registry password')}@${at}/`,
    CODEX_REFRESH_TOKEN_URL_OVERRIDE: `http://${at}/token`,
    CODEX_AUTHAPI_BASE_URL: `http://${at}/accounts`,
  };
}

/** A login of ChatGPT with marks in the signatures of its tokens. */
function marked(
  auth: Record<string, unknown>,
  whose: string,
  make: (name: string) => string,
): Record<string, unknown> {
  const tokens = auth['tokens'] as Record<string, string>;
  return {
    ...auth,
    OPENAI_API_KEY: make(`API key beside the tokens (${whose})`),
    tokens: {
      ...tokens,
      id_token: `${tokens['id_token'] ?? ''}${make(`id token (${whose})`)}`,
      access_token: `${tokens['access_token'] ?? ''}${make(`access token (${whose})`)}`,
      refresh_token: make(`refresh token (${whose})`),
    },
  };
}

/** A program that notes what it was handed, and fails as Codex does. */
function recorder(file: string): string {
  return `#!${process.execPath}
const {appendFileSync} = require('node:fs');
appendFileSync(${JSON.stringify(file)}, JSON.stringify({program: 'codex', args: process.argv.slice(2), env: process.env}) + '\\n');
if (process.argv[2] === '--version') console.log('codex-cli 0.169.0');
else { console.error('ERROR: it does not work'); process.exitCode = 1; }
`;
}

/**
 * Asks a gateway for all that it tells, once it stands, and ends it.
 *
 * @param before how long its log was before it was started.
 */
async function served(sandbox: Sandbox, before: number, end: () => void): Promise<void> {
  const log = join(sandbox.dataDir, 'gateway.log');
  const url = await until(
    async () =>
      /listening on (http\S+?),/.exec((await readFile(log, 'utf8').catch(() => '')).slice(before))?.[1],
    'a gateway that listens',
  );
  const secret = (await readFile(join(sandbox.dataDir, 'gateway.secret'), 'utf8')).trim();
  const headers = {authorization: `Bearer ${secret}`, 'content-type': 'application/json'};
  const body = JSON.stringify({
    model: 'm',
    stream: true,
    input: [{type: 'message', role: 'user', content: []}],
  });
  const told: string[] = [];
  for (const [method, path] of [
    ['POST', '/v1/responses'],
    ['GET', '/v1/models'],
    ['GET', '/cao/status'],
    ['GET', '/metrics'],
  ] as const) {
    const answer = await fetch(url + path, {method, headers, ...(method === 'POST' ? {body} : {})});
    const text = await answer.text();
    // What the backend itself answered is its own.
    if (method === 'GET' && !path.startsWith('/v1')) told.push(text);
  }
  await writeFile(join(sandbox.home, 'served.txt'), told.join('\n'));
  end();
}
