import assert from 'node:assert/strict';
import {chmod, copyFile, mkdir, readFile, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {type Server, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';

import {accountConfig} from '../../src/codex/home/account-config.js';
import {TESTED_CODEX} from '../../src/codex/process/version.js';
import type {Finding} from '../../src/contract/index.js';
import type {Diagnosis} from '../../src/contract/index.js';
import {authJson, registerAccounts, writeData} from '../support/accounts.js';
import {type CaoResult, caoWithCodex, codexOnPath} from '../support/cao.js';
import {caoInProcess} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {assertMatchesSchema} from '../support/schema.js';
import {recordFailure, recordQuota, recordVerdict} from '../support/ends.js';

const HOUR = 3_600_000;

describe('cao doctor', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['work', 'home']);
    await chmod(sandbox.dataDir, 0o700);
    await codex(`echo codex-cli ${TESTED_CODEX.from}`);
  });
  afterEach(() => sandbox.remove());

  type Answer = Diagnosis & {fixed?: string[]};

  async function doctor(
    flags: string[] = [],
    env: Record<string, string> = {},
  ): Promise<CaoResult & {answer: Answer}> {
    const PATH = `${join(sandbox.home, 'bin')}:/usr/bin:/bin`;
    const result = await caoInProcess(sandbox, ['doctor', '--json', ...flags], {env: {PATH, ...env}});
    const answer = JSON.parse(result.stdout) as Answer;
    await assertMatchesSchema('doctor', answer);
    return {...result, answer};
  }

  /** Has a shell script in place of Codex on PATH. */
  async function codex(script: string): Promise<void> {
    await mkdir(join(sandbox.home, 'bin'), {recursive: true});
    await writeFile(join(sandbox.home, 'bin', 'codex'), `#!/bin/sh\n${script}\n`, {mode: 0o755});
  }

  async function find(
    code: string,
    flags: string[] = [],
    env: Record<string, string> = {},
  ): Promise<Finding> {
    const {answer} = await doctor(flags, env);
    const found = answer.issues.find((issue) => issue.code === code);
    assert.ok(found, `no ${code} among ${answer.issues.map((issue) => issue.code).join(', ')}`);
    assert.ok(found.fix, `${code} says no fix`);
    return found;
  }

  it('exits 0 when nothing is wrong, whether or not the backend can be reached', async () => {
    for (const name of ['work', 'home'])
      await writeData(
        sandbox,
        `${name}/config.toml`,
        `${accountConfig('chatgpt')}chatgpt_base_url = "http://127.0.0.1:1"\n`,
      );
    const {exitCode, answer} = await doctor([], codexOnPath());
    assert.deepEqual(answer.issues, []);
    assert.deepEqual(answer.totals, {accounts: 2, ok: 2, warnings: 0, errors: 0});
    assert.deepEqual(
      answer.logins.map(({account, answers}) => [account, answers]),
      [
        ['work', false],
        ['home', false],
      ],
    );
    assert.equal(exitCode, 0);
  });

  it('exits 1 for warnings and 2 for errors', async () => {
    await recordFailure(sandbox.store, 'work', 'exit code 1');
    const warned = await doctor();
    assert.deepEqual([warned.exitCode, warned.answer.totals.warnings, warned.answer.totals.ok], [1, 1, 1]);
    await rm(join(sandbox.accountHome('home'), 'auth.json'));
    const failed = await doctor();
    assert.deepEqual([failed.exitCode, failed.answer.totals.errors], [2, 1]);
  });

  it('says how to add an account when there is none, and exits 2', async () => {
    await writeData(sandbox, 'registry.json', {default_account: null, accounts: []});
    assert.match((await find('no_accounts')).fix ?? '', /cao add NAME/);
    const plain = await caoWithCodex(sandbox, ['doctor']);
    assert.equal(plain.exitCode, 2);
    assert.match(plain.stdout, /cao add NAME/);
  });

  it('judges tokens by whether they can be refreshed', async () => {
    const login = async (changes: Parameters<typeof authJson>[1]): Promise<void> => {
      await writeData(sandbox, 'work/auth.json', authJson('work', changes));
    };
    await login({expiresAtMs: Date.now() - HOUR});
    assert.equal((await find('token_expired')).severity, 'warn');
    await login({expiresAtMs: Date.now() - HOUR, refreshToken: null});
    assert.equal((await find('token_expired')).severity, 'error');
    await login({expiresAtMs: Date.now() + 30 * HOUR, refreshToken: null});
    assert.deepEqual((await doctor()).answer.issues, []);
    await find('token_expiring_soon', ['--expires-within-hours', '48']);
    await writeData(sandbox, 'work/auth.json', {tokens: {access_token: 'opaque-access-token'}});
    await find('token_unknown');
  });

  it('tells refused logins from accounts that the backend has closed', async () => {
    await recordVerdict(sandbox.store, 'work', {kind: 'auth', reason: 'invalid_grant'});
    await recordVerdict(sandbox.store, 'home', {kind: 'dead', reason: 'account_suspended'});
    const {answer} = await doctor();
    const errors = answer.issues.filter(({severity}) => severity === 'error');
    assert.deepEqual(errors.map(({account, code}) => [account, code]).sort(), [
      ['home', 'quarantined'],
      ['work', 'needs_login'],
    ]);
  });

  it('tells of cooldowns, failures and last errors', async () => {
    const atMs = Date.now();
    await recordQuota(sandbox.store, 'work', {untilMs: atMs + HOUR});
    await recordQuota(sandbox.store, 'home', {untilMs: atMs + HOUR, reason: 'x', limitId: 'gpt-x'});
    for (let count = 0; count < 3; count++) await recordFailure(sandbox.store, 'home', 'exit code 1');
    const {answer} = await doctor();
    const codes = answer.issues.map(({account, code}) => `${account ?? ''} ${code}`);
    assert.deepEqual(codes.sort(), [
      'home failures_high',
      'home last_error',
      'home model_cooldown',
      'work cooldown_active',
      'work last_error',
    ]);
    const {answer: patient} = await doctor(['--max-failures', '4']);
    assert.ok(!patient.issues.some(({code}) => code === 'failures_high'));
  });

  it('says local times on the screen, the state by its word, and nothing of its progress', async () => {
    await recordQuota(sandbox.store, 'work', {untilMs: Date.UTC(2036, 0, 2, 3, 4)});
    const plain = await caoInProcess(sandbox, ['doctor'], {env: {TZ: 'UTC'}});
    assert.match(plain.stdout, /work is out of quota: cooldown until 2036-01-02 03:04\./);
    assert.equal(plain.stderr, '');
    const {answer} = await doctor();
    assert.match(
      answer.issues.find(({code}) => code === 'cooldown_active')!.message,
      /until 2036-01-02T03:04/,
    );
  });

  it('finds one login under two names and one refresh token in two homes', async () => {
    await writeData(sandbox, 'home/auth.json', authJson('work', {refreshToken: 'rt-another-one-of-its-own'}));
    assert.equal((await find('identity_doubled')).account, 'home');
    const own = join(sandbox.home, '.codex');
    await mkdir(own);
    await copyFile(join(sandbox.accountHome('work'), 'auth.json'), join(own, 'auth.json'));
    const shared = await find('refresh_token_shared');
    assert.deepEqual([shared.account, shared.severity], ['work', 'error']);
    assert.match(shared.message, /\.codex/);
    assert.doesNotMatch(JSON.stringify(shared), /rt-of/);
  });

  it('finds unreadable logins and leftovers of corrupt files', async () => {
    await writeData(sandbox, 'work/auth.json', '{"tokens":');
    await writeData(sandbox, 'account_status.json.corrupt-1700000000000', '{');
    await find('auth_unreadable');
    await find('corrupt_leftover');
  });

  it('mends permissions and config.toml with --fix, and says what it does', async function () {
    if (process.platform === 'win32') this.skip();
    const config = '# mine\n[tools]\nweb_search = true\n';
    await writeData(sandbox, 'home/config.toml', config);
    await rm(join(sandbox.accountHome('work'), 'config.toml'));
    await chmod(join(sandbox.accountHome('work'), 'auth.json'), 0o644);
    await chmod(sandbox.home, 0o755);
    await chmod(sandbox.dataDir, 0o755);
    await chmod(sandbox.accountHome('work'), 0o755);
    assert.equal((await find('config_key_missing')).account, 'home');
    assert.equal((await find('config_missing')).account, 'work');
    await find('permissions_open');
    const {answer, exitCode} = await doctor(['--fix']);
    assert.equal(exitCode, 0, JSON.stringify(answer.issues));
    assert.ok(answer.fixed?.some((title) => title.startsWith('chmod 600')));
    assert.equal((await stat(join(sandbox.accountHome('work'), 'auth.json'))).mode & 0o777, 0o600);
    assert.equal((await stat(sandbox.dataDir)).mode & 0o777, 0o700);
    const mended = await readFile(join(sandbox.accountHome('home'), 'config.toml'), 'utf8');
    assert.equal(mended, `cli_auth_credentials_store = "file"\nforced_login_method = "chatgpt"\n${config}`);
  });

  it('finds a config.toml that keeps the login elsewhere, locks threads or cannot be read', async () => {
    const login = 'forced_login_method = "chatgpt"\n';
    await writeData(sandbox, 'work/config.toml', `cli_auth_credentials_store = "keyring"\n${login}`);
    assert.equal((await find('config_key_wrong')).severity, 'error');
    await writeData(
      sandbox,
      'work/config.toml',
      `cli_auth_credentials_store = "file"\n${login}model_provider = "mine"\n`,
    );
    await find('provider_locks_threads');
    await writeData(sandbox, 'work/config.toml', 'not = = toml');
    await find('config_unreadable');
  });

  it('finds a config.toml that leads to a gateway that is not there', async () => {
    const server: Server = createServer((_, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    const own = join(sandbox.home, '.codex');
    await mkdir(own);
    await writeFile(join(own, 'config.toml'), `openai_base_url = "http://127.0.0.1:${port}/v1"\n`);
    const codes = async (): Promise<string[]> => (await doctor()).answer.issues.map(({code}) => code);
    const withoutLogin = await codes();
    await writeFile(join(own, 'auth.json'), JSON.stringify(authJson('ann')));
    const withLogin = await codes();
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(withoutLogin, ['gateway_without_login']);
    assert.deepEqual(withLogin, []);
    const dead = await find('gateway_unreachable');
    assert.equal(dead.severity, 'error');
    assert.match(dead.fix ?? '', /cao gateway disable/);
  });

  it('looks at every home that was led to a gateway', async () => {
    const other = join(sandbox.home, 'work of mine');
    await mkdir(other);
    const enabled = await caoInProcess(sandbox, [
      ...['gateway', 'enable', '--home', other, '--base-url', 'http://127.0.0.1:9'],
    ]);
    assert.equal(enabled.exitCode, 0, enabled.stderr);
    assert.match((await find('gateway_without_login')).message, /work of mine has no login/);
    const dead = await find('gateway_unreachable');
    assert.match(dead.fix ?? '', /cao gateway disable --home '\/.*\/work of mine'$/);
    assert.equal((await caoInProcess(sandbox, ['gateway', 'disable', '--home', other])).exitCode, 0);
    assert.deepEqual((await doctor()).answer.issues, []);
  });

  it('finds routing keys that lead around the gateway', async () => {
    const own = join(sandbox.home, '.codex');
    await mkdir(own);
    const config =
      'chatgpt_base_url = "http://127.0.0.1:9/b/"\nopenai_base_url = "http://127.0.0.1:9/b/codex"\n';
    await writeFile(join(own, 'config.toml'), config);
    await find('gateway_bypassed');
  });

  it('finds a provider and a proxy that lead around the gateway', async () => {
    const own = join(sandbox.home, '.codex');
    await mkdir(own);
    const route = 'openai_base_url = "http://127.0.0.1:9/v1"\n';
    await writeFile(join(own, 'config.toml'), `model_provider = "mine"\n${route}`);
    assert.match((await find('gateway_bypassed')).message, /model_provider = "mine"/);
    await writeFile(join(own, 'config.toml'), route);
    const env = {HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'localhost'};
    assert.match((await find('gateway_bypassed', [], env)).message, /HTTP_PROXY leads requests/);
  });

  it('finds variables that Codex ignores or that win over a login', async () => {
    const env = {OPENAI_BASE_URL: 'http://127.0.0.1:1', OPENAI_API_KEY: 'sk-0123456789abcdef'};
    const {answer, stdout} = await doctor([], env);
    assert.deepEqual(answer.issues.map(({code}) => code).sort(), [
      'base_url_ignored',
      'credential_in_environment',
    ]);
    assert.ok(!stdout.includes('sk-0123'));
  });

  it('finds a proxy of the environment that cannot be used, once for all accounts', async () => {
    for (const [env, message] of [
      [
        {HTTPS_PROXY: 'socks5://u:secret@127.0.0.1:1'},
        /^HTTPS_PROXY in your environment names a SOCKS proxy/,
      ],
      [
        {all_proxy: 'http://u:secret@127.0.0.1:port'},
        /^all_proxy in your environment is no address of a proxy/,
      ],
    ] as [Record<string, string>, RegExp][]) {
      const {answer, stdout} = await doctor([], env);
      const found = answer.issues.filter(({code}) => code === 'proxy_unusable');
      assert.deepEqual(
        found.map(({account, severity}) => ({account, severity})),
        [{account: null, severity: 'error'}],
      );
      assert.match(found[0]!.message, message);
      assert.ok(!stdout.includes('secret'));
    }
    const {answer} = await doctor([], {ALL_PROXY: 'socks5://127.0.0.1:1', NO_PROXY: 'chatgpt.com'});
    assert.deepEqual(answer.issues, []);
  });

  it("finds a proxy and certificates of a home's .env that cannot be used", async () => {
    const dotenv = join(sandbox.accountHome('work'), '.env');
    await writeFile(dotenv, 'ALL_PROXY=socks5://${PROXY_HOST}\nSSL_CERT_FILE=/nowhere.pem\n', {mode: 0o600});
    const {answer} = await doctor([], {HTTPS_PROXY: '', PROXY_HOST: '127.0.0.1:1'});
    const found = answer.issues.map(({code, account, message, fix}) => ({
      code,
      account,
      named: `${message} ${fix ?? ''}`.includes(` in ${dotenv}`),
    }));
    assert.deepEqual(found, [
      {code: 'proxy_unusable', account: 'work', named: true},
      {code: 'ca_unreadable', account: 'work', named: true},
    ]);
  });

  it("finds a proxy in a home's .env on a line that Codex cannot read", async () => {
    const dotenv = join(sandbox.accountHome('work'), '.env');
    await writeFile(dotenv, 'HTTPS_PROXY="http://u:secret@$HOST"\nOTHER=a b\n', {mode: 0o600});
    const {answer, stdout} = await doctor();
    assert.deepEqual(
      answer.issues.map(({code, account}) => ({code, account})),
      [{code: 'env_line_unread', account: 'work'}],
    );
    assert.ok(answer.issues[0]!.message.startsWith(`${dotenv} sets HTTPS_PROXY`));
    assert.ok(!stdout.includes('secret'));
  });

  it('finds a Codex that is missing, broken or of another version', async () => {
    const node = join(process.execPath, '..');
    await find('codex_missing', [], {PATH: node});
    await codex('echo codex-cli 0.12.3');
    assert.match((await find('codex_too_old')).message, /0\.12\.3 is older than 0\.150\.0/);
    await codex('echo codex-cli 0.150.0');
    assert.match((await find('codex_untested')).message, /0\.150\.0/);
    await codex('exit 3');
    await find('codex_broken');
  });

  it('finds a daemon that was started before the login was swapped', async () => {
    const home = sandbox.accountHome('work');
    const folder = join(home, 'app-server-daemon');
    await mkdir(folder);
    await writeFile(join(folder, 'app-server.pid'), JSON.stringify({pid: process.pid}));
    assert.deepEqual((await doctor()).answer.issues, []);
    const earlier = new Date(Date.now() - HOUR);
    await utimes(join(folder, 'app-server.pid'), earlier, earlier);
    assert.match((await find('daemon_stale')).message, new RegExp(String(process.pid)));
    await writeFile(join(folder, 'app-server.pid'), '999999999');
    assert.deepEqual((await doctor()).answer.issues, []);
  });
});
