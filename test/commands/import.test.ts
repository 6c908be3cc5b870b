import assert from 'node:assert/strict';
import {cp, mkdir, readFile, readdir, stat, symlink, truncate, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import {parseAuth} from '../../src/codex/login/auth-shape.js';
import {identityOf} from '../../src/codex/login/identity.js';
import type {ImportResult} from '../../src/import/import-accounts.js';
import {authJson} from '../support/accounts.js';
import {PROJECT_ROOT, cao, type CaoResult} from '../support/cao.js';
import {caoInProcess} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {readJson} from '../support/files.js';
import {assertMatchesSchema} from '../support/schema.js';

type Expected = {
  fixture: string;
  source?: string;
  /** Account name → the user its login belongs to. */
  accounts: Record<string, string | null>;
  defaultAccount: string;
  /** Parts of the reasons of the entries that are errors. */
  problems?: RegExp[];
  skipped?: number;
};

const LAYOUTS: Expected[] = [
  {
    fixture: 'codex-auth-files',
    source: 'codex-auth',
    accounts: {work: 'user-work', home: 'user-home', account: 'user-proto'},
    defaultAccount: 'home',
    problems: [/cut\.json: is not JSON/, /list\.json: is not the shape/, /empty\.json: is empty/],
    skipped: 1,
  },
  {
    fixture: 'codex-auth-v2',
    source: 'codex-auth',
    accounts: {main: 'user-ann', bob: 'user-bob'},
    defaultAccount: 'bob',
    problems: [/lists "gone", which has no snapshot/],
  },
  ...['codex-auth-v3-account', 'codex-auth-v3-key'].map((fixture) => ({
    fixture,
    source: 'codex-auth',
    accounts: {ann: 'user-ann', bob: 'user-bob'},
    defaultAccount: 'bob',
  })),
  {
    fixture: 'codex-auth-v4',
    source: 'codex-auth',
    accounts: {ann: 'user-ann', bob: 'user-bob', 'ann-2': 'user-ann2'},
    defaultAccount: 'ann',
    problems: [/is not JSON/, /lists "evil"/, /lists "account"/],
  },
  {fixture: 'codex-home', accounts: {own: 'user-own'}, defaultAccount: 'own'},
  {
    fixture: 'cli-proxy-api',
    accounts: {ann: 'user-ann', bob: 'user-bob', evil: 'user-hostile'},
    defaultAccount: 'ann',
    problems: [/codex-cut\.json: is not JSON/, /codex-wrong\.json: is not a Codex login/],
  },
  {
    fixture: 'codex-multi-auth',
    accounts: {'Team-Ann': 'user-ann', bob: null, account: null},
    defaultAccount: 'bob',
    problems: [/account 3\): holds no login/, /account 4\): is not the shape/],
  },
  {
    fixture: 'codex-multi-auth-opencode',
    source: 'codex-multi-auth',
    accounts: {'Team-Ann': 'user-ann'},
    defaultAccount: 'Team-Ann',
  },
  {
    fixture: 'codex-switcher',
    accounts: {Ann: 'user-ann', Bob: 'user-bob', key: null},
    defaultAccount: 'Bob',
    problems: [/account 4\): is not the shape/],
  },
  ...['caam', 'prodex', 'codex-lb'].map((fixture) => ({
    fixture,
    accounts: {ann: 'user-ann', 'bob-smith': 'user-bob'},
    defaultAccount: 'ann',
    problems: [/cut.auth\.json: is not JSON/],
  })),
  {fixture: 'opencode', accounts: {ann: 'user-ann'}, defaultAccount: 'ann'},
];

describe('cao import', () => {
  let sandbox: Sandbox;
  const run = (args: string[], env: Record<string, string> = {}): Promise<CaoResult> =>
    caoInProcess(sandbox, args, {env});

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(() => sandbox.remove());

  for (const {fixture, source = fixture, accounts, defaultAccount, problems = [], skipped = 0} of LAYOUTS) {
    it(`takes over the good entries of ${fixture}, names the bad ones and changes nothing else`, async () => {
      await useFixture(sandbox, fixture);
      const before = await contents(sandbox.home);
      const {exitCode, stdout, stderr} = await run(['import', source, '--json']);
      assert.equal(exitCode, 0, stderr);
      const result = JSON.parse(stdout) as ImportResult;
      assert.deepEqual(await owners(sandbox), accounts);
      const errors = result.accounts.filter((entry) => entry.result === 'error');
      const told = errors.map(({from, reason}) => `${from}: ${reason ?? ''}`).join('\n');
      for (const problem of problems) assert.match(told, problem);
      assert.equal(result.errors, problems.length, told);
      assert.equal(result.imported, Object.keys(accounts).length);
      assert.equal(result.skipped, skipped);
      assert.equal((await run(['current'])).stdout.trim(), defaultAccount);
      assert.deepEqual(await contents(sandbox.home, sandbox.dataDir), before);
      assert.doesNotMatch(stdout + stderr, /rt-[a-z]+-|eyJ/);
    });
  }

  it('writes whole, private logins with every key the source had, and the live tokens of the active one', async () => {
    await useFixture(sandbox, 'codex-auth-files');
    await run(['import', 'codex-auth']);
    const file = join(sandbox.dataDir, 'home', 'auth.json');
    const auth = await readJson<Record<string, Record<string, unknown>>>(file);
    assert.deepEqual(auth['agent_identity'], {kept: true});
    assert.equal(auth['tokens']?.['login_owner_id'], 'owner-home');
    assert.equal(auth['tokens']['refresh_token'], 'rt-home-live-0123456789');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(file))).mode & 0o777, 0o700);
  });

  it('reads every place that one tool keeps accounts in', async () => {
    await useFixture(sandbox, 'codex-multi-auth');
    const carol = {
      accountId: 'ws-carol',
      email: 'carol@example.com',
      refreshToken: 'rt-carol-0123456789',
      enabled: true,
    };
    await mkdir(join(sandbox.home, '.opencode'));
    await writeFile(
      join(sandbox.home, '.opencode', 'openai-codex-accounts.json'),
      JSON.stringify({version: 3, accounts: [carol], activeIndex: 0}),
    );
    const {exitCode, stderr} = await run(['import', 'codex-multi-auth']);
    assert.equal(exitCode, 0, stderr);
    const {accounts} = await sandbox.store.registry();
    assert.ok(accounts.includes('carol') && accounts.includes('bob'), accounts.join(', '));
  });

  it('ends with a summary line and warns once of refresh tokens that two tools share', async () => {
    await useFixture(sandbox, 'codex-auth-v2');
    const {stdout, stderr} = await cao(sandbox, ['import', 'codex-auth']);
    assert.match(stdout, /\nImported: 2, skipped: 0, errors: 1\n$/);
    assert.equal(stderr.match(/Refresh tokens work once/g)?.length, 1);
  });

  it('skips what is here already, and replaces it with --overwrite', async () => {
    await useFixture(sandbox, 'caam');
    await run(['import', 'caam']);
    const again = await run(['import', 'caam']);
    assert.match(again.stdout, /Imported: 0, skipped: 2, errors: 1/);
    const file = join(sandbox.dataDir, 'ann', 'auth.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('rt-ann-a', 'rt-ann-z'));
    const replaced = await run(['import', 'caam', '--overwrite']);
    assert.match(replaced.stdout, /Imported: 2, skipped: 0, errors: 1/);
    assert.match(await readFile(file, 'utf8'), /rt-ann-a/);
    assert.deepEqual(await owners(sandbox), {ann: 'user-ann', 'bob-smith': 'user-bob'});
  });

  it('keeps what it replaces, and puts older tokens over newer ones only with --older', async () => {
    await useFixture(sandbox, 'caam');
    await run(['import', 'caam']);
    const file = join(sandbox.dataDir, 'ann', 'auth.json');
    const auth = await readJson<Record<string, unknown>>(file);
    const newer = JSON.stringify({...auth, last_refresh: '2099-01-01T00:00:00Z', mine: true});
    await writeFile(file, newer);

    const once = await run(['import', 'caam', '--overwrite']);
    assert.match(once.stdout, /Skipped .*ann.*: the tokens of ann are newer; --overwrite --older/);
    assert.equal(await readFile(file, 'utf8'), newer);
    const dry = await run(['import', 'caam', '--overwrite', '--older', '--dry-run']);
    assert.match(dry.stdout, /Would import ann from .*, over the login of ann\n/);
    assert.equal(await readFile(file, 'utf8'), newer);
    assert.equal((await run(['import', 'caam', '--older'])).exitCode, 2);

    const {stdout} = await run(['import', 'caam', '--overwrite', '--older', '--json']);
    const result = JSON.parse(stdout) as ImportResult;
    await assertMatchesSchema('import', result);
    assert.doesNotMatch(await readFile(file, 'utf8'), /2099/);
    const kept = result.accounts.find(({name}) => name === 'ann')?.kept;
    assert.ok(kept);
    assert.equal(await readFile(kept, 'utf8'), newer);
    assert.equal((await stat(kept)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(kept))).mode & 0o777, 0o700);
  });

  it('knows an account by its identity under another name, and gives a stranger of the same name a new one', async () => {
    await useFixture(sandbox, 'codex-home');
    await run(['import', 'codex-home']);
    const own = join(sandbox.dataDir, 'own');
    await cp(join(own, 'auth.json'), join(await folder(sandbox, '.prodex/profiles/renamed'), 'auth.json'));
    await cp(
      join(PROJECT_ROOT, 'test/fixtures/import/caam/.local/share/caam/vault/codex/ann/auth.json'),
      join(await folder(sandbox, '.prodex/profiles/own'), 'auth.json'),
    );
    const {stdout} = await run(['import', 'prodex']);
    assert.match(stdout, /Imported: 1, skipped: 1, errors: 0/);
    assert.deepEqual(await owners(sandbox), {own: 'user-own', 'own-2': 'user-ann'});
  });

  it('writes nothing with --dry-run', async () => {
    await useFixture(sandbox, 'prodex');
    const before = await contents(sandbox.home);
    const {stdout, exitCode} = await run(['import', 'prodex', '--dry-run']);
    assert.equal(exitCode, 0);
    assert.match(
      stdout,
      /^Dry run: nothing is written\.\n[^]*Would import ann from .*\n[^]*Would become the default account: .*\nTo do it: cao import prodex\nImported: 2, skipped: 0, errors: 1\n$/,
    );
    assert.deepEqual(await contents(sandbox.home), before);
  });

  it('takes --source, --default and --current', async () => {
    await useFixture(sandbox, 'codex-lb');
    const source = join(sandbox.home, '.codex-lb/accounts');
    const first = await run(['import', 'prodex', '--source', source, '--current', 'bob smith']);
    assert.equal(first.exitCode, 0, first.stderr);
    assert.equal((await run(['current'])).stdout, 'bob-smith\n');
    await run(['import', 'prodex', '--source', source, '--default', 'ann']);
    assert.equal((await run(['current'])).stdout, 'ann\n');
    const unknown = await run(['import', 'prodex', '--source', source, '--default', 'nobody']);
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /"nobody" is neither an account nor among those to import/);
  });

  it('renames with --move the files whose logins are all imported, and only those', async () => {
    await useFixture(sandbox, 'codex-auth-files');
    const {stdout, stderr} = await run(['import', 'codex-auth', '--move']);
    assert.doesNotMatch(stderr, /Refresh tokens work once/);
    assert.equal(stdout.match(/Moved away: /g)?.length, 5, stdout);
    const names = await readdir(join(sandbox.home, '.codex/accounts'));
    assert.ok(names.includes('cut.json') && !names.includes('work.json') && !names.includes('old-home.json'));
    assert.ok(names.some((name) => /^work\.json\.moved-to-cao-\d+$/.test(name)));
    assert.ok(!(await readdir(join(sandbox.home, '.codex'))).includes('auth.json'));
    await useFixture(sandbox, 'codex-switcher');
    const partly = await run(['import', 'codex-switcher', '--move']);
    assert.match(partly.stderr, /accounts\.json stays where it is: not everything in it was imported/);
    assert.deepEqual(await readdir(join(sandbox.home, '.codex-switcher')), ['accounts.json']);
  });

  it('moves with --move what was imported before without it, unless its tokens are newer than those of the account', async () => {
    const file = join(await folder(sandbox, '.codex'), 'auth.json');
    await writeFile(file, JSON.stringify(authJson('work')));
    await run(['import', 'codex-home']);
    const newer = authJson('work', {expiresAtMs: Date.now() + 90 * 86_400_000});
    await writeFile(file, JSON.stringify({...newer, last_refresh: new Date().toISOString()}));
    assert.doesNotMatch((await run(['import', 'codex-home', '--move'])).stdout, /Moved away/);
    assert.ok((await readdir(dirname(file))).includes('auth.json'));
    const account = (await sandbox.store.accounts()).map(({home}) => home)[0] ?? '';
    await cp(join(account, 'auth.json'), file);
    const {stdout, stderr} = await run(['import', 'codex-home', '--move']);
    assert.match(stdout, /Moved away: .*auth\.json\.moved-to-cao-\d+/, stderr);
    assert.ok(!(await readdir(dirname(file))).includes('auth.json'));
  });

  it('reads nothing larger than 5 MB, nothing through links that lead out, nothing that is no file', async () => {
    const profiles = await folder(sandbox, '.prodex/profiles');
    const good = join(PROJECT_ROOT, 'test/fixtures/import/codex-home/.codex/auth.json');
    await cp(good, join(await folder(sandbox, 'elsewhere'), 'auth.json'));
    await symlink(join(sandbox.home, 'elsewhere'), join(profiles, 'linked-folder'));
    await folder(sandbox, '.prodex/profiles/linked-file');
    await symlink(join(sandbox.home, 'elsewhere/auth.json'), join(profiles, 'linked-file', 'auth.json'));
    await folder(sandbox, '.prodex/profiles/folder/auth.json');
    const huge = join(await folder(sandbox, '.prodex/profiles/huge'), 'auth.json');
    await writeFile(huge, await readFile(good));
    await truncate(huge, 5 * 1024 * 1024 + 1);
    await cp(
      join(PROJECT_ROOT, 'test/fixtures/import/caam/.local/share/caam/vault/codex/ann/auth.json'),
      join(await folder(sandbox, '.prodex/profiles/ann\u001b[31m'), 'auth.json'),
    );
    const {stdout, stderr, exitCode} = await run(['import', 'prodex']);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(await owners(sandbox), {'ann-31m': 'user-ann'});
    assert.match(stderr, /huge\/auth\.json: is larger than 5 MB/);
    assert.match(stderr, /linked-folder\/auth\.json: leads out of the source/);
    assert.match(stderr, /linked-file\/auth\.json: leads out of the source/);
    assert.match(stderr, /folder\/auth\.json: is not a regular file/);
    assert.doesNotMatch(stdout + stderr, /\u001b/);
  });

  it('lists the sources and what each holds here', async () => {
    await useFixture(sandbox, 'opencode');
    await useFixture(sandbox, 'codex-auth-v2');
    const {stdout, exitCode} = await run(['import', '--json']);
    assert.equal(exitCode, 0);
    const found = (JSON.parse(stdout) as {id: string; found: {accounts: number} | null}[]).filter(
      (s) => s.found,
    );
    assert.deepEqual(
      found.map(({id, found: what}) => [id, what?.accounts]),
      [
        ['codex-auth', 2],
        ['opencode', 1],
      ],
    );
    assert.match((await run(['import'])).stdout, /caam +not found/);
    assert.match((await run(['import'])).stdout, /codex-auth +2 accounts and 1 broken entry in /);
    assert.match((await run(['import', 'codex-auth'])).stdout, /^Imported: 2, skipped: \d, errors: 1$/m);
  });

  it('says what to do about an unknown source, a missing one and flags without one', async () => {
    const unknown = await run(['import', 'nonsense']);
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /The sources are: codex-auth, codex-home/);
    const missing = await run(['import', 'codex-auth', '--json']);
    assert.equal(missing.exitCode, 1);
    assert.equal((JSON.parse(missing.stdout) as {error: {code: string}}).error.code, 'source_not_found');
    assert.equal((await run(['import', '--overwrite'])).exitCode, 2);
  });

  it('exits 1 when there were only errors', async () => {
    await writeFile(join(await folder(sandbox, '.codex'), 'auth.json'), '{"tokens":');
    const {exitCode, stdout} = await run(['import', 'codex-home']);
    assert.equal(exitCode, 1);
    assert.match(stdout, /Imported: 0, skipped: 0, errors: 1/);
  });
});

async function useFixture(sandbox: Sandbox, name: string): Promise<void> {
  await cp(join(PROJECT_ROOT, 'test/fixtures/import', name), sandbox.home, {recursive: true});
}

async function folder(sandbox: Sandbox, path: string): Promise<string> {
  const full = join(sandbox.home, path);
  await mkdir(full, {recursive: true});
  return full;
}

/** The accounts by name, with the user that each one's tokens belong to. */
async function owners(sandbox: Sandbox): Promise<Record<string, string | null>> {
  const registry = await readJson<{
    accounts: string[];
  }>(join(sandbox.dataDir, 'registry.json'));
  const entries = await Promise.all(
    registry.accounts.map(async (name) => {
      const text = await readFile(join(sandbox.dataDir, name, 'auth.json'), 'utf8');
      return [name, identityOf(parseAuth(JSON.parse(text))!).userId] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** Every file below a folder with its text, but for one folder in it. */
async function contents(root: string, except?: string): Promise<Record<string, string>> {
  const entries = await readdir(root, {recursive: true, withFileTypes: true});
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => except === undefined || !path.startsWith(except));
  return Object.fromEntries(
    await Promise.all(files.map(async (path) => [path, await readFile(path, 'utf8')] as const)),
  );
}
