import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {lstat, mkdir, readFile, readdir, readlink, realpath, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {cao as caoProcess} from '../support/cao.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {RolloutWriter} from '../support/rollouts.js';
import {Sandbox} from '../support/sandbox.js';

const ID = '01a2054d-0000-7790-bf0d-3e89d8c89a0a';

describe('cao share and cao unshare', () => {
  let sandbox: Sandbox;
  let source: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    source = join(sandbox.home, '.codex');
    for (const name of ['alpha', 'beta']) {
      await sandbox.store.add(name);
      await writeFile(join(sandbox.accountHome(name), 'auth.json'), '{}');
    }
    await mkdir(join(source, 'skills', 'paint'), {recursive: true});
    await writeFile(join(source, 'AGENTS.md'), 'be kind');
    await writeFile(join(source, 'auth.json'), '{"tokens":{}}');
    await mkdir(join(sandbox.accountHome('alpha'), 'skills'));
    await writeFile(join(sandbox.accountHome('alpha'), 'skills', 'own'), 'alpha knows');
  });
  afterEach(() => sandbox.remove());

  const inAlpha = (item: string) => join(sandbox.accountHome('alpha'), item);

  it('only shows what it would do under --dry-run, and without a terminal', async () => {
    const before = await snapshot(sandbox.home);
    for (const flags of [['--dry-run'], []]) {
      const {stdout, exitCode} = await cao(sandbox, ['share', ...flags]);
      assert.equal(exitCode, 0);
      assert.match(stdout, /alpha: AGENTS\.md -> .*\.codex\/AGENTS\.md\n/);
      assert.match(stdout, /alpha: skills -> .*\(its own is kept in /);
      assert.match(stdout, /has no prompts, rules: left alone/);
      assert.deepEqual(await snapshot(sandbox.home), before);
    }
  });

  it('says with which command to do it, with the flags that were given', async () => {
    for (const [args, line] of [
      [['share'], 'cao share --yes'],
      [['share', 'alpha', '--from', source], `cao share alpha --from ${source} --yes`],
    ] as const) {
      const {stdout} = await cao(sandbox, args);
      assert.ok(stdout.endsWith(`Nothing was changed. To do it: ${line}\n`), stdout);
    }
    await cao(sandbox, ['share', '--yes']);
    const {stdout} = await cao(sandbox, ['unshare', 'beta']);
    assert.match(stdout, /To do it: cao unshare beta --yes\n$/);
  });

  it('links the items of a home, keeps what accounts had, and undoes it exactly', async () => {
    const before = await snapshot(sandbox.home);
    const shared = await cao(sandbox, ['share', '--yes']);
    assert.equal(shared.exitCode, 0, shared.stderr);
    assert.equal(await readFile(inAlpha('AGENTS.md'), 'utf8'), 'be kind');
    assert.deepEqual(await readdir(inAlpha('skills')), ['paint']);
    assert.equal(await readFile(inAlpha('auth.json'), 'utf8'), '{}');
    assert.ok(!(await lstat(inAlpha('config.toml'))).isSymbolicLink());
    assert.match((await cao(sandbox, ['share', '--yes'])).stdout, /Already shared: alpha, beta\./);

    const dry = await cao(sandbox, ['unshare', '--dry-run']);
    assert.match(dry.stdout, /alpha: skills becomes its own again/);
    assert.equal((await cao(sandbox, ['unshare', '--yes'])).exitCode, 0);
    assert.deepEqual(await snapshot(sandbox.home), before);
  });

  it('undoes it for one account only', async () => {
    await caoProcess(sandbox, ['share', '--yes']);
    assert.equal((await caoProcess(sandbox, ['unshare', 'alpha', '--yes'])).exitCode, 0);
    assert.equal(await readFile(inAlpha('skills/own'), 'utf8'), 'alpha knows');
    assert.equal(await readlink(join(sandbox.accountHome('beta'), 'skills')), join(source, 'skills'));
  });

  it('shares threads: none goes out of sight, and what they gain meanwhile comes along', async () => {
    const thread = RolloutWriter.begun(ID, sandbox.home, 'paint').reasons('of-alpha').answers('done');
    const path = await thread.write(sandbox.accountHome('alpha'));
    const before = await snapshot(sandbox.home);
    const shared = await cao(sandbox, ['share', '--threads', '--yes']);
    assert.equal(shared.exitCode, 0, shared.stderr);

    assert.equal(await realpath(path), thread.pathIn(source));
    assert.equal((await sandbox.store.sharing.read()).sqliteHomes['beta'], source);
    const {stdout} = await cao(sandbox, ['threads', '--json']);
    assert.deepEqual(
      (JSON.parse(stdout) as {threads: {accounts: string[]}[]}).threads.map(({accounts}) => accounts),
      [['alpha', 'beta']],
    );
    await cao(sandbox, ['unshare', '--yes']);
    assert.deepEqual(await snapshot(sandbox.home), before);

    await cao(sandbox, ['share', '--threads', '--yes']);
    const gained = thread.copy().says('more').answers('more paint');
    await writeFile(path, (await readFile(path, 'utf8')) + gained.text.slice(thread.text.length));
    await cao(sandbox, ['unshare', '--yes']);
    const own = await readFile(path, 'utf8');
    assert.ok(own.startsWith(thread.text));
    assert.match(own, /more paint/);
    assert.match(await readFile(thread.pathIn(source), 'utf8'), /more paint/);
  });

  it('shares config.toml only where the keys that accounts need hold', async () => {
    await writeFile(join(source, 'config.toml'), 'model = "x"\n');
    const refused = await cao(sandbox, ['share', '--config', '--yes']);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /forced_login_method = "chatgpt"/);
    assert.ok(!(await lstat(inAlpha('skills'))).isSymbolicLink());
    await writeFile(
      join(source, 'config.toml'),
      'cli_auth_credentials_store = "file"\nforced_login_method = "chatgpt"\nmodel = "x"\n',
    );
    assert.equal((await cao(sandbox, ['share', '--config', '--yes'])).exitCode, 0);
    assert.equal(await readlink(inAlpha('config.toml')), join(source, 'config.toml'));
  });

  it('does nothing by halves when a link cannot be made', async () => {
    const before = await snapshot(sandbox.home);
    // Root may write anywhere, so the way is blocked by a file where the backup folder would be.
    await writeFile(join(sandbox.dataDir, '.sharing-backup'), '');
    const result = await cao(sandbox, ['share', '--yes']);
    assert.equal(result.exitCode, 1);
    assert.match(result.stderr, /everything is as it was/);
    const after = await snapshot(sandbox.home);
    after.delete('.codex-account-orchestrator/.sharing-backup');
    assert.deepEqual(after, before);
  });

  it('takes back what a killed process had begun, at any step', async () => {
    const before = await snapshot(sandbox.home);
    const backup = join(sandbox.dataDir, '.sharing-backup', 'alpha', 'skills');
    const link = {account: 'alpha', item: 'skills', target: join(source, 'skills'), backup};
    await sandbox.store.sharing.update((sharing) => ({...sharing, links: [link]}));
    await cao(sandbox, ['unshare', '--yes']);
    assert.deepEqual(await snapshot(sandbox.home), before);

    await cao(sandbox, ['share', 'alpha', '--yes']);
    await rm(inAlpha('skills'));
    await cao(sandbox, ['unshare', '--yes']);
    assert.deepEqual(await snapshot(sandbox.home), before);
  });

  it('leaves alone what has taken the place of a link', async () => {
    await cao(sandbox, ['share', 'alpha', '--yes']);
    await rm(inAlpha('skills'));
    await symlink('/elsewhere', inAlpha('skills'));
    const result = await cao(sandbox, ['unshare', '--yes']);
    assert.match(result.stderr, /alpha has a new skills, .* the former one is in /);
    assert.equal(await readlink(inAlpha('skills')), '/elsewhere');
  });

  it('goes with an account that is renamed', async () => {
    await cao(sandbox, ['share', 'alpha', '--yes']);
    await sandbox.store.rename('alpha', 'gamma');
    await cao(sandbox, ['unshare', 'gamma', '--yes']);
    assert.equal(await readFile(join(sandbox.accountHome('gamma'), 'skills', 'own'), 'utf8'), 'alpha knows');
  });

  it('refuses a source that is not there, and an account that does not exist', async () => {
    assert.equal((await cao(sandbox, ['share', '--from', join(sandbox.home, 'none')])).exitCode, 2);
    assert.equal((await cao(sandbox, ['share', 'nobody'])).exitCode, 2);
    assert.equal((await cao(sandbox, ['unshare', 'nobody'])).exitCode, 2);
  });
});

/** Every path below a folder, with what is there; the record and locks of cao are left out. */
async function snapshot(root: string): Promise<Map<string, string>> {
  const entries = await readdir(root, {recursive: true, withFileTypes: true});
  const found = new Map<string, string>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length + 1);
    if (/sharing\.json$|\.lock$|\/\.intentions$|^xdg-|^\.(?:cache|local|config)/.test(name)) continue;
    if (entry.isSymbolicLink()) found.set(name, `link to ${await readlink(path)}`);
    else if (entry.isDirectory()) found.set(name, 'folder');
    else
      found.set(
        name,
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      );
  }
  return found;
}
