import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {delimiter, join} from 'node:path';

import {BackendConnection} from '../../src/codex/backend/connection.js';
import {type CodexAuth, checkAuth} from '../../src/codex/login/auth-shape.js';
import {identityOf} from '../../src/codex/login/identity.js';
import {DEFAULT_OAUTH_CLIENT_ID as clientId, freshLogin} from '../../src/codex/tokens/refresh.js';
import type {ImportResult} from '../../src/import/import-accounts.js';
import {mintJwt} from '../../src/simulator/index.js';
import {authJson, registerAccounts, writeData} from '../support/accounts.js';
import {cao as caoAsProcess} from '../support/cao.js';
import {createGatewayWorld, outputOf, say} from '../support/gateway.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';

/** What cannot be a token, nor a key or an id, whoever says so. */
const BAD: [what: string, text: string, reason: RegExp][] = [
  ['a line break', 'zzq-1\r\nx-evil: 1', /other characters that none has/],
  ['a line break at its end', 'zzq-1\n', /other characters that none has/],
  ['a space', 'zzq 1', /other characters that none has/],
  ['a NUL', 'zzq\0', /other characters that none has/],
  ['letters beyond ASCII', 'zzqö-1', /other characters that none has/],
  ['4 MB', 'x'.repeat(4 * 1024 * 1024), /longer than 64 KiB/],
];

const FIELDS: [field: string, put: (text: string) => Record<string, unknown>][] = [
  ['tokens.access_token', (text) => ({tokens: {...tokensOf('x'), access_token: text}})],
  ['tokens.refresh_token', (text) => ({tokens: {...tokensOf('x'), refresh_token: text}})],
  ['tokens.id_token', (text) => ({tokens: {...tokensOf('x'), id_token: text}})],
  ['tokens.account_id', (text) => ({tokens: {...tokensOf('x'), account_id: text}})],
  ['OPENAI_API_KEY', (text) => ({auth_mode: 'apikey', OPENAI_API_KEY: text})],
  ['personal_access_token', (text) => ({personal_access_token: text})],
  ['bedrock_api_key.api_key', (text) => ({auth_mode: 'bedrockApiKey', bedrock_api_key: {api_key: text}})],
];

function tokensOf(name: string): Record<string, string> {
  return authJson(name)['tokens'] as Record<string, string>;
}

/** A value nested deeper than a stack reaches. */
function deep(): string {
  return `{"tokens":${JSON.stringify(tokensOf('x'))},"email":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
}

describe('a text that cannot be a credential', () => {
  for (const [what, text, reason] of BAD) {
    it(`(${what}) is refused in every place of a login, by the name of the place alone`, () => {
      for (const [field, put] of FIELDS) {
        const checked = checkAuth(put(text));
        assert.ok('problem' in checked, field);
        assert.ok(checked.problem.startsWith(`${field} `), checked.problem);
        assert.match(checked.problem, reason);
        assert.ok(!checked.problem.includes('zzq'));
      }
    });
  }

  it('is what every other text is, an empty one too, which stands for none', () => {
    for (const text of ['', 'tok-1', '~!"#$%&', mintJwt({a: 1}), 'x'.repeat(64 * 1024)])
      for (const [field, put] of FIELDS) assert.ok('auth' in checkAuth(put(text)), field);
  });

  it('is refused in what is nested without an end', () => {
    assert.deepEqual(checkAuth(JSON.parse(deep())), {problem: 'not the shape of an auth.json'});
  });

  it('never comes out of the claims of a token as the id that a request names', () => {
    const claims = {'https://api.openai.com/auth': {chatgpt_account_id: 'w\r\nx-evil: 1'}};
    const auth: CodexAuth = {tokens: {access_token: mintJwt(claims)}};
    assert.equal(identityOf(auth).workspaceId, null);
  });
});

describe('a login that holds what cannot be a credential', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['a', 'b']);
  });
  afterEach(() => sandbox.remove());

  const LOGINS: [what: string, text: string][] = [
    ...BAD.map(([what, text]): [string, string] => [
      what,
      JSON.stringify({tokens: {...tokensOf('new'), access_token: text}}),
    ]),
    ['a nest without an end', deep()],
  ];

  for (const [what, text] of LOGINS) {
    it(`(${what}) is not imported, and costs the others nothing`, async () => {
      const source = join(sandbox.home, '.codex', 'accounts');
      await mkdir(source, {recursive: true});
      await writeFile(join(source, 'bad.json'), text);
      await writeFile(join(source, 'good.json'), JSON.stringify(authJson('good')));
      const {stdout} = await cao(sandbox, ['import', 'codex-auth', '--json']);
      const {imported, errors, accounts} = JSON.parse(stdout) as ImportResult;
      assert.deepEqual([imported, errors], [1, 1]);
      assert.ok(!stdout.includes('zzq'), JSON.stringify(accounts.map(({reason}) => reason)));
      await assert.rejects(readFile(join(sandbox.accountHome('bad'), 'auth.json')), {code: 'ENOENT'});
    });

    it(`(${what}) counts as none where it lies in an account, and lists the others`, async () => {
      await writeData(sandbox, 'b/auth.json', text);
      const {stdout, exitCode} = await cao(sandbox, ['status', '--json']);
      assert.equal(exitCode, 0);
      const states = (JSON.parse(stdout) as {name: string; state: string}[]).map(({name, state}) => [
        name,
        state,
      ]);
      assert.deepEqual(states, [
        ['a', 'ready'],
        ['b', 'needs-login'],
      ]);
    });
  }

  for (const [what, text] of LOGINS.slice(0, 2)) {
    it(`(${what}) that "codex login" wrote is not taken for one; the former stays`, async () => {
      const bin = join(sandbox.home, 'bin');
      await mkdir(bin);
      await writeFile(join(bin, 'given.json'), text);
      const script = `#!/bin/sh\n[ "$1" = login ] && cp '${bin}/given.json' "$CODEX_HOME/auth.json"\nexit 0\n`;
      await writeFile(join(bin, 'codex'), script, {mode: 0o755});
      const before = await readFile(join(sandbox.accountHome('b'), 'auth.json'), 'utf8');
      const env = {PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`};
      const {exitCode, stderr} = await caoAsProcess(sandbox, ['add', 'b', '--with-access-token'], {
        env,
        input: 'x',
      });
      assert.equal(exitCode, 1);
      const said = stderr.replaceAll(/\s+/g, ' ');
      assert.match(
        said,
        /The login of b gave nothing that can be used \(tokens\.access_token holds .*untouched/,
      );
      assert.equal(await readFile(join(sandbox.accountHome('b'), 'auth.json'), 'utf8'), before);
    });
  }
});

describe('a token endpoint that answers what cannot be a credential', () => {
  const ANSWERS: [what: string, body: string, reason: RegExp][] = [
    ...BAD.slice(0, 5).map(([what, text, reason]): [string, string, RegExp] => [
      what,
      JSON.stringify({access_token: text}),
      reason,
    ]),
    ['a token of 100 KB', JSON.stringify({access_token: 'x'.repeat(100_000)}), /longer than 64 KiB/],
    ['more than an answer has', ' '.repeat(2 * 1024 * 1024), /more than \d+ bytes/],
  ];

  for (const [what, body, reason] of ANSWERS) {
    it(`(${what}) has the login kept as it is`, async () => {
      const sandbox = await Sandbox.create();
      const connection = await BackendConnection.open({env: {}});
      const server = createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1');
      try {
        await once(server, 'listening');
        await registerAccounts(sandbox, ['a'], {expiresAtMs: Date.now()});
        const home = sandbox.accountHome('a');
        const before = await readFile(join(home, 'auth.json'), 'utf8');
        const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
        await assert.rejects(
          freshLogin({home, accountName: 'a', reason: 'proactive_expiry', connection, tokenUrl, clientId}),
          (error: Error & {code: string}) => {
            assert.equal(error.code, 'refresh_failed');
            assert.match(error.message, reason);
            return true;
          },
        );
        assert.equal(await readFile(join(home, 'auth.json'), 'utf8'), before);
      } finally {
        await connection.close();
        server.closeAllConnections();
        server.close();
        await sandbox.remove();
      }
    });
  }
});

describe('a gateway with such a login', () => {
  it('goes on with the other accounts', async () => {
    const world = await createGatewayWorld();
    try {
      for (const [what, text] of BAD) {
        const auth = {tokens: {...tokensOf('a'), access_token: text}};
        await writeData(world.sandbox, 'a/auth.json', auth);
        assert.ok((await outputOf(await world.post(say('hi')))).length > 0, what);
        assert.equal(
          world.simulator.requests.findLast(({route}) => route === 'responses')?.account,
          'b',
          what,
        );
      }
    } finally {
      await world.close();
    }
  });
});
