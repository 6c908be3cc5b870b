import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

import {isLoggedIn, readAuthFile} from '../../src/codex/login/auth-file.js';
import {identityOf} from '../../src/codex/login/identity.js';
import {authJson, registerAccounts} from '../support/accounts.js';
import {PROJECT_ROOT, cao} from '../support/cao.js';
import {caoInProcess} from '../support/in-process.js';
import {RolloutWriter} from '../support/rollouts.js';
import {Sandbox} from '../support/sandbox.js';
import {SEED, figures, generator, times} from '../support/soak.js';

const ROUNDS = times({short: 5, long: 500});

const KINDS = ['rename', 'remove', 'import', 'login', 'other login', 'share', 'unshare', 'resume'] as const;
type Kind = (typeof KINDS)[number];

/** Stands in for Codex: its login is the one that the test has laid out, its version is one that cao knows. */
const CODEX = `#!/bin/sh
case "$1" in
  login) cp "$HOME/next-login.json" "$CODEX_HOME/auth.json" ;;
  --version) echo codex-cli 0.160.0 ;;
esac
`;

/** Whom each account is logged in as, and which threads each person sees. */
type World = {people: Map<string, string>; threads: Map<string, string[]>};

describe('commands that are killed at random', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['work', 'home', 'spare']);
    await mkdir(join(sandbox.home, '.codex', 'skills', 'paint'), {recursive: true});
    await writeFile(join(sandbox.home, '.codex', 'AGENTS.md'), 'be kind');
    await writeFile(join(sandbox.home, 'codex'), CODEX, {mode: 0o755});
  });
  after(() => sandbox.remove());

  it(`leave every account usable, over ${ROUNDS} rounds`, async function () {
    this.timeout(ROUNDS * 10_000);
    const random = generator();
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    // How many changes a command makes is learned as it goes, so that most are killed within.
    const reach = new Map<Kind, number>();
    const tally = {killed: 0, killedTwice: 0, ended: 0};
    let people = 0;

    for (let round = 0; round < ROUNDS; round += 1) {
      if (round % 5 === 0) await addThread(sandbox, round, pick([...(await look()).people.keys()]));
      const before = await look();
      const names = [...before.people.keys()];
      const target = pick(names);
      // What only this account has would go with it, as it is to.
      const alone = [...before.threads.values()].some((accounts) => accounts.join() === target);
      const kind = pick(
        KINDS.filter(
          (each) =>
            !(each === 'remove' && (alone || names.length < 3)) && !(each === 'import' && names.length > 6),
        ),
      );
      const when = `round ${round} of seed ${SEED}: ${kind} ${target}`;
      people += 1;
      const args = await commandLine(kind, target, people, pick([...before.threads.keys()]));
      const most = reach.get(kind) ?? 60;
      const nth = 1 + Math.floor(random() * most);
      const wasKilled = await killedAt(nth, args);
      reach.set(kind, wasKilled ? Math.max(most, nth + 30) : Math.max(20, Math.min(most, nth)));
      tally[wasKilled ? 'killed' : 'ended'] += 1;
      if (wasKilled && random() < 0.3) {
        const again = await killedAt(1 + Math.floor(random() * 40), ['list']);
        if (again) tally.killedTwice += 1;
      }

      const after = await look(when);
      assert.deepEqual(
        (await readdir(sandbox.store.folder.intentions).catch(() => [])).filter((file) =>
          file.endsWith('.json'),
        ),
        [],
        when,
      );
      requireNobodyLost(before, after, {kind, target, when});
    }
    await figures('test/reliability/soak.test.ts', {rounds: ROUNDS, seed: SEED, ...tally});
    assert.ok(tally.killed > ROUNDS / 4, JSON.stringify(tally));
  });

  async function commandLine(kind: Kind, target: string, person: number, thread: string): Promise<string[]> {
    const codex = ['--codex', join(sandbox.home, 'codex')];
    const login =
      kind === 'login' ? await readFile(join(sandbox.accountHome(target), 'auth.json'), 'utf8') : null;
    const file = join(sandbox.home, 'next-login.json');
    await writeFile(file, login ?? JSON.stringify(authJson(`person${person}`)));
    switch (kind) {
      case 'rename':
        return ['rename', target, `name${person}`];
      case 'remove':
        return ['remove', target, '--force'];
      case 'import':
        return ['import', 'codex-home', '--source', file];
      case 'login':
        return ['add', target, ...codex];
      case 'other login':
        return ['add', target, '--replace-identity', ...codex];
      case 'share':
        return ['share', '--threads', '--yes'];
      case 'unshare':
        return ['unshare', '--yes'];
      case 'resume':
        return ['resume', thread, '--account', target, '--no-fallback', ...codex];
    }
  }

  /** Runs a command that dies before its nth change to the file system. @returns whether it came to that */
  async function killedAt(nth: number, args: readonly string[]): Promise<boolean> {
    const preload = pathToFileURL(join(PROJECT_ROOT, 'test', 'support', 'faults.mjs')).href;
    const fault = {op: 'change', nth, error: 'kill', program: 'run\\.js$'};
    const env = {NODE_OPTIONS: `--import=${preload}`, CAO_TEST_FAULTS: JSON.stringify(fault)};
    const {exitCode, stderr} = await cao(sandbox, args, {env});
    assert.ok(exitCode === null || exitCode === 0, `cao ${args.join(' ')} (seed ${SEED}): ${stderr}`);
    return exitCode === null;
  }

  /** What the next commands show, where every account must have its login. */
  async function look(when = `seed ${SEED}`): Promise<World> {
    const listed = await json<{name: string}[]>(['list', '--json'], when);
    const people = new Map<string, string>();
    for (const {name} of listed) {
      const login = await readAuthFile(sandbox.accountHome(name));
      assert.ok(isLoggedIn(login), `${name} has its login after ${when}`);
      people.set(name, identityOf(login.auth).userId ?? '');
    }
    const {threads} = await json<{threads: {id: string; accounts: string[]}[]}>(
      ['threads', '--json', '--limit', '500'],
      when,
    );
    return {people, threads: new Map(threads.map(({id, accounts}) => [id, accounts]))};
  }

  async function json<T>(args: readonly string[], when: string): Promise<T> {
    const {exitCode, stdout, stderr} = await caoInProcess(sandbox, args);
    assert.equal(exitCode, 0, `${when}: ${stderr}`);
    assert.doesNotMatch(stderr, /cannot be finished|could not be read/, when);
    return JSON.parse(stdout) as T;
  }
});

/** Everybody whom the command did not concern is there as before, and whom it did either as before or as was asked. */
function requireNobodyLost(
  before: World,
  after: World,
  {kind, target, when}: {kind: Kind; target: string; when: string},
): void {
  for (const [name, person] of before.people) {
    if (name !== target) assert.equal(after.people.get(name), person, `${name} after ${when}`);
    else if (kind === 'rename') assert.ok([...after.people.values()].includes(person), when);
    else if (kind === 'remove') assert.ok([undefined, person].includes(after.people.get(name)), when);
    else if (kind !== 'other login') assert.equal(after.people.get(name), person, when);
  }
  const added = kind === 'import' ? 1 : 0;
  assert.ok(after.people.size <= before.people.size + added, when);
  assert.ok(after.people.size >= before.people.size - (kind === 'remove' ? 1 : 0), when);
  for (const id of before.threads.keys()) assert.ok(after.threads.has(id), `thread ${id} after ${when}`);
}

async function addThread(sandbox: Sandbox, round: number, account: string): Promise<void> {
  const id = `01a2054d-0000-7790-bf0d-${String(round).padStart(12, '0')}`;
  await RolloutWriter.begun(id, sandbox.home, `task ${round}`)
    .answers('done')
    .write(sandbox.accountHome(account));
}
