import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, rm, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {findRollout, rolloutsOf} from '../../src/codex/threads/rollout-files.js';
import {quota} from '../../src/simulator/index.js';
import {assertMatchesSchema} from '../support/schema.js';
import {until} from '../support/until.js';
import {World} from '../support/world.js';
import {zstdFrame} from '../support/zstd.js';

type Listed = {id: string; accounts: string[]; forkedFrom: string | null; archived: boolean; rollout: string};

describe('threads in all forms that Codex gives them, over accounts, with the real Codex', function () {
  this.timeout(120_000);

  let world: World;
  let work: string;

  beforeEach(async () => {
    world = await World.create('alpha', 'beta');
    work = join(world.sandbox.home, 'work');
    await mkdir(work);
  });
  afterEach(() => world.close());

  const home = (name: string) => world.sandbox.accountHome(name);
  const run = (account: string, ...args: string[]) =>
    world.exec(['-s', 'workspace-write', ...args], {flags: ['--account', account], cwd: work});
  const codex = async (name: string, ...args: string[]) => {
    const result = await world.codex(home(name), args, {cwd: work});
    assert.equal(result.exitCode, 0, result.stderr);
  };
  /** What the thread says of itself, continued on an account. */
  const recall = async (account: string, id: string) => {
    const result = await run(account, 'resume', id, 'recall');
    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(world.answered.at(-1), account);
    assert.doesNotMatch(result.stderr, /another state|trying once more/);
    return result.stdout.trim();
  };
  const threads = async () => {
    const {stdout} = await world.cao(['threads', '--json']);
    const listed = JSON.parse(stdout) as {threads: Listed[]};
    await assertMatchesSchema('threads', listed);
    return listed.threads;
  };
  const lastThread = () =>
    world.simulator.requests.findLast(({route}) => route === 'responses')?.threadId ?? '';
  const begin = async (...args: string[]) => {
    assert.equal((await run('alpha', ...args)).exitCode, 0);
    return lastThread();
  };
  const fileIn = async (name: string, id: string) =>
    (await findRollout(home(name), id)) ?? assert.fail(`no ${id} in ${name}`);

  it('brings a fork of a fork with all its past, there and back, and lists what is a fork', async () => {
    const parent = await begin('remember the blue door');
    const fork = await begin('fork', parent, 'remember the red door');
    const last = await begin('fork', fork, 'remember the green door');
    await codex('alpha', 'archive', fork);

    assert.equal(
      await recall('beta', last),
      'You said "remember the blue door", "remember the red door", "remember the green door"',
    );
    assert.equal((await recall('alpha', last)).split('", "').length, 4);
    assert.equal(await recall('beta', parent), 'You said "remember the blue door"');
    const listed = new Map((await threads()).map((thread) => [thread.id, thread]));
    assert.deepEqual(
      [parent, fork, last].map((id) => [listed.get(id)?.forkedFrom, listed.get(id)?.archived]),
      [
        [null, false],
        [parent, true],
        [fork, false],
      ],
    );
    const table = (await world.cao(['threads'])).stdout;
    assert.match(
      table,
      new RegExp(`\\[archived\\] \\[fork of ${parent.slice(0, 8)}\\] remember the red door`),
    );
  });

  it('leaves a fork and its parent as they are where each account went on with the parent otherwise', async () => {
    const parent = await begin('remember the blue door');
    assert.equal((await run('beta', 'resume', parent, 'remember the red door')).exitCode, 0);
    assert.equal((await run('beta', 'fork', parent, 'remember the green door')).exitCode, 0);
    const fork = lastThread();
    const newest = 'remember the white door';
    await codex('alpha', 'exec', '--skip-git-repo-check', '-s', 'workspace-write', 'resume', parent, newest);

    const refused = await run('alpha', 'resume', fork, 'recall');
    assert.equal(refused.exitCode, 1, refused.stderr);
    assert.match(refused.stderr, new RegExp(`it is a fork of thread ${parent}, with which alpha went on`));
    const displacing = await run('beta', 'resume', parent, 'recall');
    assert.equal(displacing.exitCode, 1, displacing.stderr);
    assert.match(displacing.stderr, new RegExp(`thread ${fork} of beta is a fork of another state of it`));
    const red = 'You said "remember the blue door", "remember the red door", "remember the green door"';
    assert.equal(await recall('beta', fork), red);
    const white = 'You said "remember the blue door", "remember the white door"';
    assert.equal(await recall('alpha', parent), white);
  });

  it('continues a fork whose account runs out in its first turn', async () => {
    const parent = await begin('remember the blue door');
    const account = world.simulator.account('alpha');
    account.fail(quota(), {from: account.responseRequests + 2, times: 1});
    await world.sandbox.store.settings.set('run.continuePrompt', 'recall');

    const result = await world.exec(['-s', 'workspace-write', 'fork', parent, 'shell: echo once'], {
      cwd: work,
    });

    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(result.stdout, 'You said "remember the blue door", "shell: echo once"\n');
  });

  it('sees and moves a thread that Codex has compressed', async () => {
    const id = await begin('remember the blue door');
    const {path} = await fileIn('alpha', id);
    const longAgo = Date.now() / 1000 - 10 * 86_400;
    await utimes(path, longAgo, longAgo);
    const hold = world.simulator.account('alpha').hold({from: 2});
    const other = world.codex(
      home('alpha'),
      ['exec', '--skip-git-repo-check', '--enable', 'local_thread_store_compression', 'something else'],
      {cwd: work},
    );
    await until(async () => (await fileIn('alpha', id)).path === `${path}.zst`, 'compressed by Codex');
    hold.release();
    await other;

    const listed = (await threads()).find((thread) => thread.id === id);
    assert.equal(listed?.rollout, `${path}.zst`);
    assert.equal(await recall('beta', id), 'You said "remember the blue door"');
    assert.equal((await fileIn('alpha', id)).path, `${path}.zst`, 'the source is only read');
    assert.match(await recall('alpha', id), /"remember the blue door", "recall"/);
    assert.equal((await fileIn('alpha', id)).path, path);
    assert.ok(!(await readdir(join(path, '..'))).some((name) => name.endsWith('.zst')));
  });

  it('sees and continues an archived thread on another account and on its own', async () => {
    const id = await begin('remember the blue door');
    await codex('alpha', 'archive', id);
    assert.deepEqual(
      (await threads()).map(({archived}) => archived),
      [true],
    );
    const last = await world.cao(['resume', '--last', '--exec', 'recall'], {cwd: work});
    assert.match(last.stderr, /No account has a thread of/);

    assert.equal(await recall('beta', id), 'You said "remember the blue door"');

    assert.equal((await fileIn('alpha', id)).archived, true);
    assert.match(await recall('alpha', id), /"remember the blue door", "recall"/);
    assert.equal((await fileIn('alpha', id)).archived, false);
    assert.deepEqual(
      (await threads()).map(({archived, accounts}) => [archived, accounts]),
      [[false, ['alpha', 'beta']]],
    );
  });

  it('takes an archived and compressed thread along into a home that is shared', async () => {
    const id = await begin('remember the blue door');
    await codex('alpha', 'archive', id);
    const {path} = await fileIn('alpha', id);
    await writeFile(`${path}.zst`, zstdFrame(await readFile(path)));
    await rm(path);
    const from = join(world.sandbox.home, 'shared');
    await mkdir(from);
    const shared = await world.cao(['share', '--threads', '--from', from, '--yes']);
    assert.equal(shared.exitCode, 0, shared.stderr);
    assert.deepEqual(
      (await rolloutsOf(from)).map((file) => [file.id, file.archived]),
      [[id, true]],
    );
    assert.match(await recall('beta', id), /remember the blue door/);
  });

  it('goes between a home that Codex has migrated and one that it has not with one history', async () => {
    const id = await begin('remember the blue door');
    const {path} = await fileIn('alpha', id);
    await writeFile(path, inOlderForm(await readFile(path, 'utf8')));
    assert.equal(await recall('beta', id), 'You said "remember the blue door"');
    await codex('beta', 'migrate-rollouts', '--apply');
    assert.match(await readFile((await fileIn('beta', id)).path, 'utf8'), /"history_mode":"paginated"/);

    // The newest is in the new form, then both, then in the older one.
    for (const [said, account] of ['alpha', 'beta', 'alpha'].entries())
      assert.equal((await recall(account, id)).split('", "').length, said + 2);
    const {path: there} = await fileIn('beta', id);
    await writeFile(path, inOlderForm(await readFile(path, 'utf8')));
    await codex('alpha', 'exec', '--skip-git-repo-check', 'resume', id, 'plainly');
    assert.match(await recall('beta', id), /"plainly"$/);
    assert.deepEqual(
      (await readdir(join(there, '..'))).filter((name) => name.includes(id)).length,
      1,
      'nothing is kept aside',
    );
  });
});

/** As Codex wrote rollouts before it counted their lines. */
function inOlderForm(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const record = JSON.parse(line) as {payload: object};
      const payload = {...record.payload, history_mode: undefined};
      return `${JSON.stringify({...record, ordinal: undefined, payload})}\n`;
    })
    .join('');
}
