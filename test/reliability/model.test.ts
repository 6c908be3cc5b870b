import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import fc from 'fast-check';

import {readAuthFile} from '../../src/codex/login/auth-file.js';
import {identityOf} from '../../src/codex/login/identity.js';
import {parseRecord} from '../../src/files/json-values.js';
import {authJson} from '../support/accounts.js';
import {type CaoResult, cao} from '../support/cao.js';
import {keptAs} from '../support/half-done.js';
import {caoInProcess} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {SEED, figures, generator, times} from '../support/soak.js';

const SUITE = 'test/reliability/model.test.ts';

/** What there is to know of a data folder: a few plain rules say what each command makes of it. */
type Model = {
  /** In order, with who is logged in; null for nobody. */
  accounts: [name: string, person: string | null][];
  byDefault: string | null;
  gateway: boolean;
};

const NAMES = ['ann', 'bob', 'cy', 'dee'];

/** A command line, and what it does to a model; null where it is refused and changes nothing. */
type Step = {line: string[]; person?: string; then: (model: Model) => Model | null};

const personOf = ({accounts}: Model, name: string): string | null | undefined =>
  accounts.find(([each]) => each === name)?.[1];
const has = (model: Model, name: string): boolean => personOf(model, name) !== undefined;
const same = (model: Model): Model => model;

function withLogin(model: Model, name: string, person: string | null): Model {
  const accounts = has(model, name)
    ? model.accounts.map(([each, who]): [string, string | null] => [each, each === name ? person : who])
    : [...model.accounts, [name, person] as [string, string | null]];
  return {...model, accounts, byDefault: model.byDefault ?? name};
}

function without(model: Model, name: string): Model {
  const accounts = model.accounts.filter(([each]) => each !== name);
  return {
    ...model,
    accounts,
    byDefault: model.byDefault === name ? (accounts[0]?.[0] ?? null) : model.byDefault,
  };
}

const STEPS = {
  add: (name: string, person: string): Step => ({
    line: ['add', name, '--codex', 'CODEX'],
    person,
    // Without a terminal nobody can say that somebody else may take the place.
    then: (model) =>
      [person, null, undefined].includes(personOf(model, name)) ? withLogin(model, name, person) : null,
  }),
  replace: (name: string, person: string): Step => ({
    line: ['add', name, '--replace-identity', '--codex', 'CODEX'],
    person,
    then: (model) => withLogin(model, name, person),
  }),
  register: (name: string): Step => ({
    line: ['add', name, '--no-login'],
    then: (model) => (has(model, name) ? model : withLogin(model, name, null)),
  }),
  rename: (from: string, to: string): Step => ({
    line: ['rename', from, to],
    then: (model) =>
      !has(model, from) || has(model, to)
        ? null
        : {
            ...model,
            accounts: model.accounts.map(([name, person]) => [name === from ? to : name, person]),
            byDefault: model.byDefault === from ? to : model.byDefault,
          },
  }),
  remove: (name: string): Step => ({
    line: ['remove', name, '--force'],
    then: (model) => (has(model, name) ? without(model, name) : null),
  }),
  switch: (name: string): Step => ({
    line: ['switch', name],
    then: (model) => (has(model, name) ? {...model, byDefault: name} : null),
  }),
  set: (gateway: boolean): Step => ({
    line: ['config', 'set', 'run.gateway', String(gateway)],
    then: (model) => ({...model, gateway}),
  }),
  unset: (): Step => ({
    line: ['config', 'unset', 'run.gateway'],
    then: (model) => ({...model, gateway: false}),
  }),
  share: (): Step => ({line: ['share', '--yes'], then: same}),
  unshare: (): Step => ({line: ['unshare', '--yes'], then: same}),
  enable: (): Step => ({line: ['gateway', 'enable'], then: same}),
  disable: (): Step => ({line: ['gateway', 'disable'], then: same}),
  fix: (): Step => ({line: ['doctor', '--fix'], then: same}),
  look: (): Step => ({line: ['status', '--json'], then: same}),
  threads: (): Step => ({line: ['threads', '--json'], then: same}),
};

const name = fc.constantFrom(...NAMES);
const person = fc.constantFrom('p1', 'p2', 'p3', 'p4', 'p5');
const step: fc.Arbitrary<Step> = fc.oneof(
  {weight: 4, arbitrary: fc.tuple(name, person).map((args) => STEPS.add(...args))},
  {weight: 2, arbitrary: fc.tuple(name, person).map((args) => STEPS.replace(...args))},
  {weight: 2, arbitrary: name.map(STEPS.register)},
  {weight: 3, arbitrary: fc.tuple(name, name).map((args) => STEPS.rename(...args))},
  {weight: 2, arbitrary: name.map(STEPS.remove)},
  {weight: 2, arbitrary: name.map(STEPS.switch)},
  fc.boolean().map(STEPS.set),
  ...(['unset', 'share', 'unshare', 'enable', 'disable', 'fix', 'look', 'threads'] as const).map((kind) =>
    fc.constant(STEPS[kind]()),
  ),
);

/** Stands in for Codex: its login is the one that is laid out for the person of the step. */
const CODEX = `#!/bin/sh
case "$1" in
  login) cp "$HOME/next-login.json" "$CODEX_HOME/auth.json" ;;
  --version) echo codex-cli 0.160.0 ;;
esac
`;

async function prepare(sandbox: Sandbox): Promise<void> {
  await mkdir(join(sandbox.home, '.codex', 'skills'), {recursive: true});
  await writeFile(join(sandbox.home, '.codex', 'AGENTS.md'), 'be kind');
  await writeFile(join(sandbox.home, 'codex'), CODEX, {mode: 0o755});
}

async function run(sandbox: Sandbox, {line, person: who}: Step, by = caoInProcess): Promise<CaoResult> {
  if (who !== undefined)
    await writeFile(join(sandbox.home, 'next-login.json'), JSON.stringify(authJson(who)));
  return by(
    sandbox,
    line.map((word) => (word === 'CODEX' ? join(sandbox.home, 'codex') : word)),
  );
}

/** What the files say. */
async function modelOf(sandbox: Sandbox): Promise<Model> {
  const {store} = sandbox;
  // The file itself: shown, the default stands first.
  const registry =
    parseRecord(await readFile(join(sandbox.dataDir, 'registry.json'), 'utf8').catch(() => '')) ?? {};
  const names = (registry['accounts'] ?? []) as string[];
  const accounts = await Promise.all(
    names.map(async (each): Promise<[string, string | null]> => {
      const login = await readAuthFile(sandbox.accountHome(each));
      return [
        each,
        login.kind === 'ok' ? (identityOf(login.auth).userId?.replace('user-', '') ?? null) : null,
      ];
    }),
  );
  const settings = await store.settings.read();
  return {
    accounts,
    byDefault: (registry['default_account'] ?? null) as string | null,
    gateway: settings['run.gateway'],
  };
}

describe('the data folder under commands', function () {
  this.timeout(1_200_000);
  const EMPTY: Model = {accounts: [], byDefault: null, gateway: false};

  it('is what a few rules say, whatever is done to it in whatever order', async () => {
    const tally = {runs: 0, commands: 0, refused: 0};
    await fc.assert(
      fc.asyncProperty(fc.array(step, {minLength: 10, maxLength: 40, size: 'max'}), async (steps) => {
        const sandbox = await Sandbox.create();
        try {
          await prepare(sandbox);
          tally.runs += 1;
          let model = EMPTY;
          const lines: string[] = [];
          for (const each of steps) {
            const next = each.then(model);
            const {exitCode, stdout, stderr} = await run(sandbox, each);
            lines.push(`cao ${each.line.join(' ')}${each.person === undefined ? '' : ` (${each.person})`}`);
            const told = `${lines.join('\n')}\n${stdout}\n${stderr}`;
            assert.doesNotMatch(stderr, /looks like a bug|half done/, told);
            // What it finds wrong is not the data folder's.
            if (each.line[0] !== 'doctor' && model.accounts.length > 0)
              assert.equal(exitCode === 0, next !== null, `exit ${exitCode}: ${told}`);
            model = next ?? model;
            assert.deepEqual(await modelOf(sandbox), model, told);
            tally.commands += 1;
            if (next === null) tally.refused += 1;
          }
          assert.deepEqual(await sandbox.store.intentions.pending(), []);
        } finally {
          await sandbox.remove();
        }
      }),
      {numRuns: times({short: 1, long: 80}), seed: SEED},
    );
    await figures(SUITE, {...tally, seed: SEED});
  });

  it('is as after one or the other where two commands are at it at once', async () => {
    const random = generator();
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const start: Step[] = [STEPS.add('ann', 'p1'), STEPS.add('bob', 'p2')];
    const candidates: Step[] = [
      STEPS.rename('ann', 'cy'),
      STEPS.rename('bob', 'cy'),
      STEPS.rename('ann', 'dee'),
      STEPS.remove('ann'),
      STEPS.remove('bob'),
      STEPS.switch('bob'),
      STEPS.register('cy'),
      STEPS.set(true),
      STEPS.share(),
      STEPS.add('ann', 'p1'),
      STEPS.look(),
    ];
    const sandbox = await Sandbox.create();
    try {
      await prepare(sandbox);
      for (const each of start) await run(sandbox, each);
      const before = await modelOf(sandbox);
      const kept = await keptAs(sandbox);
      const rounds = times({short: 2, long: 100});
      for (let round = 0; round < rounds; round += 1) {
        const [one, other] = [pick(candidates), pick(candidates)];
        const results = await Promise.all([run(sandbox, one, cao), run(sandbox, other, cao)]);
        const after = await modelOf(sandbox);
        const told = `${one.line.join(' ')} | ${other.line.join(' ')}: ${JSON.stringify(results)}`;
        // Each was done or has said that it was not; what both did is what one after the other would have done.
        const done = [one, other].filter((_, nth) => results[nth]?.exitCode === 0);
        const orders = [done, [...done].reverse()].map((steps) =>
          steps.reduce<Model | null>((model, each) => (model === null ? null : each.then(model)), before),
        );
        assert.ok(
          orders.some((model) => JSON.stringify(model) === JSON.stringify(after)),
          `${JSON.stringify(after)} after ${told}`,
        );
        for (const {exitCode, stderr} of results) {
          assert.ok(exitCode !== null && exitCode <= 2, told);
          assert.doesNotMatch(stderr, /looks like a bug/, told);
        }
        assert.deepEqual(await sandbox.store.intentions.pending(), [], told);
        await kept.restore();
      }
      await kept.remove();
      await figures(SUITE, {pairs: rounds, seed: SEED});
    } finally {
      await sandbox.remove();
    }
  });

  const WRITERS = times({short: 6, long: 50});

  it(`loses nothing of what ${WRITERS} processes write at once`, async () => {
    const sandbox = await Sandbox.create();
    try {
      await prepare(sandbox);
      await run(sandbox, STEPS.register('first'));
      const lines = Array.from({length: WRITERS}, (_, nth) => {
        if (nth % 4 === 1) return ['switch', 'first'];
        if (nth % 4 === 3) return ['config', 'set', 'usage.pollMinutes', String(5 + nth)];
        return ['add', `new-${nth}`, '--no-login'];
      });
      const results = await Promise.all(lines.map((line) => cao(sandbox, line)));
      for (const [nth, {exitCode, stderr}] of results.entries())
        assert.equal(exitCode, 0, `cao ${lines[nth]?.join(' ')}: ${stderr}`);
      const {accounts, byDefault} = await modelOf(sandbox);
      assert.equal(byDefault, 'first');
      assert.deepEqual(
        accounts.map(([each]) => each).sort(),
        ['first', ...lines.filter(([verb]) => verb === 'add').map(([, each]) => each ?? '')].sort(),
      );
      const files = await readdir(sandbox.dataDir);
      assert.deepEqual(
        files.filter((file) => /\.json\.|\.tmp/.test(file)),
        [],
      );
      for (const file of files.filter((each) => each.endsWith('.json')))
        assert.doesNotThrow(async () => void JSON.parse(await readFile(join(sandbox.dataDir, file), 'utf8')));
      await figures(SUITE, {writers: WRITERS});
    } finally {
      await sandbox.remove();
    }
  });
});
