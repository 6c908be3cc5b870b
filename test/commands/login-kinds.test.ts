import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {AccountReport, Diagnosis} from '../../src/contract/index.js';
import {mintJwt} from '../../src/simulator/index.js';
import {registerAccounts, writeData} from '../support/accounts.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {assertMatchesSchema} from '../support/schema.js';

/** In no other text; each login has some of it wherever it keeps something secret. */
const MARK = 'marked0secret';

const jwt = (part: string): string => mintJwt({sub: `${MARK}-${part}`, exp: 4_000_000_000});

/** A login of each kind, by the name of its account. */
const LOGINS = {
  chat: {
    auth_mode: 'chatgpt',
    tokens: {id_token: jwt('a'), access_token: jwt('b'), refresh_token: `rt-${MARK}`, account_id: 'w-chat'},
  },
  external: {
    auth_mode: 'chatgptAuthTokens',
    tokens: {id_token: jwt('c'), access_token: jwt('d'), refresh_token: `${MARK}-rt-2`, account_id: 'w-ext'},
  },
  pat: {personal_access_token: `at-${MARK}-pat`},
  agent: {
    auth_mode: 'agentIdentity',
    agent_identity: {agent_private_key: `MC4CAQAw${MARK}`, account_id: 'g', email: 'agent@example.test'},
  },
  key: {OPENAI_API_KEY: `sk-${MARK}`, tokens: null},
  empty: {
    auth_mode: 'apikey',
    OPENAI_API_KEY: `sk-${MARK}-2`,
    tokens: {id_token: '', access_token: '', refresh_token: '', account_id: 'a'},
  },
  bedrock: {auth_mode: 'bedrockApiKey', bedrock_api_key: {api_key: `${MARK}-bedrock`, region: 'us-east-1'}},
  newer: {auth_mode: 'newerThanThis', newer_token: `${MARK}-newer`},
};
const NAMES = Object.keys(LOGINS);

describe('logins of every kind', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, NAMES);
    for (const [name, auth] of Object.entries(LOGINS)) {
      await writeData(sandbox, `${name}/auth.json`, auth);
      await sandbox.store.status.update([name], (status) => ({
        ...status,
        // As an answer of the backend may quote it.
        lastError: `refused: ${JSON.stringify(auth)}`,
      }));
    }
  });
  afterEach(() => sandbox.remove());

  const json = async <T>(...args: string[]): Promise<T> => {
    const {stdout} = await cao(sandbox, [...args, '--json']);
    return JSON.parse(stdout) as T;
  };

  const COMMANDS: string[][] = [
    ['list'],
    ['list', '--json'],
    ['list', '--details'],
    ['status', '--compact'],
    ['status', '--pretty'],
    ['status', '--full'],
    ['status', '--json'],
    ['doctor'],
    ['doctor', '--json'],
    ['report'],
    ['report', '--format', 'html'],
    ['report', '--format', 'json'],
    ['gateway', 'status'],
    ['gateway', 'status', '--json'],
    ['threads'],
    ['add', 'pat', '--no-login', '--json'],
    ['import', 'caam', '--source', '.', '--overwrite', '--dry-run', '--json'],
    ['import', 'caam', '--source', '.', '--overwrite'],
    ['switch', 'nobody'],
    ['remove', 'key', '--json'],
  ];
  for (const args of COMMANDS) {
    it(`show none of their secrets in cao ${args.join(' ')}`, async () => {
      const {stdout, stderr} = await cao(sandbox, args, {cwd: sandbox.dataDir});
      const text = stdout + stderr;
      assert.notEqual(text.trim(), '');
      assert.ok(!text.includes(MARK), text);
      assert.ok(!/eyJ[A-Za-z0-9_-]{8}/.test(text), text);
    });
  }

  it('are told by their kind, those that are billed behind the others', async () => {
    const accounts = await json<AccountReport[]>('status');
    await assertMatchesSchema('status', accounts);
    const found = accounts.map(({name, kind, loggedIn, state}) => [name, kind, loggedIn, state]);
    assert.deepEqual(found, [
      ['chat', 'chatgpt', true, 'ready'],
      ['external', 'external-tokens', true, 'ready'],
      ['pat', 'access-token', true, 'ready'],
      ['agent', 'agent-identity', true, 'ready'],
      ['newer', 'other', true, 'ready'],
      ['key', 'api-key', true, 'ready'],
      ['empty', 'api-key', true, 'ready'],
      ['bedrock', 'bedrock', true, 'ready'],
    ]);
    const listed = await json<AccountReport[]>('list');
    await assertMatchesSchema('list', listed);
    assert.deepEqual(
      listed.map(({name, kind}) => [name, kind]),
      accounts.map(({name, kind}) => [name, kind]),
    );
    const {stdout} = await cao(sandbox, ['list']);
    assert.match(stdout, /^\* chat +ready$/m);
    assert.match(stdout, /^ {2}key +ready, API key, billed$/m);
    assert.match(stdout, /^ {2}pat +ready, personal access token$/m);
    const compact = await cao(sandbox, ['status', '--compact']);
    assert.match(compact.stdout, /^key +ready +API key, billed$/m);
    const pretty = await cao(sandbox, ['status', '--pretty']);
    assert.match(pretty.stdout, /usage none: Amazon Bedrock key, billed/);
    const report = await cao(sandbox, ['report', '--format', 'html']);
    assert.match(report.stdout, /billed, without a quota/);
  });

  it('are tried first when they are the default, billed or not', async () => {
    await cao(sandbox, ['switch', 'bedrock']);
    const [first, second] = await json<AccountReport[]>('list');
    assert.deepEqual([first?.name, second?.name], ['bedrock', 'chat']);
  });

  it('that are billed and the default are told of when a subscription joins', async () => {
    await cao(sandbox, ['switch', 'key']);
    await writeData(sandbox, 'joining/auth.json', LOGINS.chat);
    const {stderr} = await cao(sandbox, ['add', 'joining', '--no-login', '--json']);
    assert.match(stderr, /The default account key is signed in with an API key, which is billed/);
    assert.match(stderr, /cao switch joining/);
  });

  it('that the gateway cannot use say why', async () => {
    const status = await json<{accounts: {name: string; state: string; reason: string | null}[]}>(
      'gateway',
      'status',
    );
    await assertMatchesSchema('gateway-status', status);
    const usable = status.accounts.filter(({state}) => state === 'ready').map(({name}) => name);
    assert.deepEqual(usable, ['chat', 'external', 'pat']);
    for (const {name, reason} of status.accounts.filter(({state}) => state !== 'ready'))
      assert.match(reason ?? '', /^not for the gateway: /, name);
  });

  it('that Codex would delete are found and made safe by doctor, others are no findings', async () => {
    const found = (await json<Diagnosis>('doctor')).issues.filter(({account}) => account !== null);
    const endangered = found.filter(({code}) => code === 'login_endangered').map(({account}) => account);
    assert.deepEqual(endangered, ['key', 'empty', 'bedrock']);
    const others = new Set(found.map(({code}) => code));
    // Empty tokens beside a key, which Codex cannot read.
    const unread = found.filter(({code}) => code === 'login_unread').map(({account}) => account);
    assert.deepEqual(unread, ['empty']);
    assert.deepEqual([...others].sort(), ['last_error', 'login_endangered', 'login_unread']);
    await cao(sandbox, ['doctor', '--fix']);
    for (const name of NAMES) {
      const billed = ['key', 'empty', 'bedrock'].includes(name);
      const config = await readFile(join(sandbox.accountHome(name), 'config.toml'), 'utf8');
      assert.match(config, billed ? /^forced_login_method = "api"$/m : /^forced_login_method = "chatgpt"$/m);
      const auth = JSON.parse(
        await readFile(join(sandbox.accountHome(name), 'auth.json'), 'utf8'),
      ) as unknown;
      const expected = LOGINS[name as keyof typeof LOGINS];
      assert.deepEqual(auth, name === 'empty' ? {...expected, tokens: null} : expected);
    }
  });

  it('are imported with a config.toml under which Codex leaves them alone', async () => {
    const other = await Sandbox.create();
    try {
      const {stdout} = await cao(other, ['import', 'caam', '--source', sandbox.dataDir, '--json']);
      const {imported} = JSON.parse(stdout) as {imported: number};
      assert.equal(imported, NAMES.length);
      for (const name of ['key', 'empty', 'bedrock'])
        assert.match(await readFile(join(other.accountHome(name), 'config.toml'), 'utf8'), /= "api"\n/);
      const empty = JSON.parse(await readFile(join(other.accountHome('empty'), 'auth.json'), 'utf8')) as {
        tokens: unknown;
      };
      assert.equal(empty.tokens, null);
    } finally {
      await other.remove();
    }
  });

  it('do not share a config.toml that would delete them', async () => {
    const refused = await cao(sandbox, [
      'share',
      '--config',
      '--from',
      sandbox.accountHome('chat'),
      '--yes',
      '--json',
    ]);
    assert.equal(refused.exitCode, 1, refused.stdout);
    assert.match(refused.stdout, /config_not_shareable/);
    assert.match(refused.stdout, /is signed in with an API key/);
  });
});
