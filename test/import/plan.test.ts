import assert from 'node:assert/strict';

import {planImport} from '../../src/import/plan.js';
import type {Draft} from '../../src/import/read-source.js';
import {authJson, registerAccounts, writeData} from '../support/accounts.js';
import {Sandbox} from '../support/sandbox.js';

const NEWER = 'work: the tokens of work are newer; --overwrite --older puts these over them';

describe('the plan of an import', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(() => sandbox.remove());

  /** @param owner whose login it is; `authJson` derives all of it from the name */
  const draft = (proposedName: string, owner = proposedName): Draft => ({
    proposedName,
    auth: authJson(owner),
    active: false,
    from: `${proposedName}.json`,
    files: [],
    superseded: [],
  });

  async function plan(drafts: Draft[], overwrite = false, older = false): Promise<string[]> {
    const steps = await planImport(sandbox.store, drafts, {overwrite, older});
    assert.deepEqual(
      steps.map((step) => step.draft),
      drafts,
    );
    return steps.map((step) => {
      if (!step.write) return `${step.name}: ${step.reason}`;
      return `${step.name}: write${step.over ? ' over its login' : ''}`;
    });
  }

  it('makes an account of each login, under names that are free', async () => {
    await registerAccounts(sandbox, ['work']);
    const drafts = [
      draft('ann@example.test', 'ann'),
      draft('Work', 'bob'),
      draft('work', 'carl'),
      draft('WORK', 'dan'),
    ];
    assert.deepEqual(await plan(drafts), [
      'ann-example-test: write',
      'Work-2: write',
      'work-3: write',
      'WORK-4: write',
    ]);
  });

  it('finds a login again under whatever name it has here', async () => {
    await registerAccounts(sandbox, ['work']);
    assert.deepEqual(await plan([draft('other', 'work')]), ['work: this login is the account work already']);
    assert.deepEqual(await plan([draft('other', 'work')], true), ['work: write over its login']);
  });

  for (const [what, refreshedAt, plans] of [
    ['older', '2026-01-01T00:00:00Z', {once: NEWER, older: 'work: write over its login'}],
    [
      'newer',
      '2099-01-01T00:00:00Z',
      {once: 'work: write over its login', older: 'work: write over its login'},
    ],
  ] as const) {
    it(`puts ${what} tokens over a login only where that is meant`, async () => {
      await registerAccounts(sandbox, ['work']);
      const found = draft('work');
      const drafts = [{...found, auth: {...found.auth, last_refresh: refreshedAt}}];
      assert.deepEqual(await plan(drafts), ['work: this login is the account work already']);
      assert.deepEqual(await plan(drafts, true), [plans.once]);
      assert.deepEqual(await plan(drafts, true, true), [plans.older]);
    });
  }

  it('gives a login to the account of its name that has none', async () => {
    await registerAccounts(sandbox, ['work', 'broken']);
    await writeData(sandbox, 'work/auth.json', {});
    await writeData(sandbox, 'broken/auth.json', '{cut');
    assert.deepEqual(await plan([draft('work', 'ann'), draft('broken', 'bob')]), [
      'work: write',
      'broken: write',
    ]);
  });

  it('does not take an account of that name from somebody else, not even to overwrite', async () => {
    await registerAccounts(sandbox, ['work']);
    assert.deepEqual(await plan([draft('work', 'ann')], true), ['work-2: write']);
  });

  it('leaves an account of that name alone when nobody can say whose login it is', async () => {
    await registerAccounts(sandbox, ['key']);
    await writeData(sandbox, 'key/auth.json', {OPENAI_API_KEY: 'sk-here-0123456789'});
    const other: Draft = {...draft('key'), auth: {OPENAI_API_KEY: 'sk-there-0123456789'}};
    assert.deepEqual(await plan([other]), ['key: the account key has a login already']);
    assert.deepEqual(await plan([other], true), ['key: write over its login']);
  });

  it('does not write over a login that lies in a home without an account', async () => {
    await writeData(sandbox, 'ann/auth.json', authJson('somebody'));
    assert.deepEqual(await plan([draft('ann')]), ['ann-2: write']);
  });

  it('is empty for nothing', async () => {
    assert.deepEqual(await plan([]), []);
  });
});
