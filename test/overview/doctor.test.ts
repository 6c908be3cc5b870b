import assert from 'node:assert/strict';

import type {Context, DoctorCheck, Finding} from '../../src/contract/index.js';
import {ExtensionRegistry} from '../../src/extensions/extension-registry.js';
import type {Diagnosis} from '../../src/contract/index.js';
import {doQuietly} from '../../src/overview/progress.js';
import {DEFAULT_THRESHOLDS, diagnose, diagnosisExit} from '../../src/overview/doctor.js';
import {registerAccounts} from '../support/accounts.js';
import {Sandbox} from '../support/sandbox.js';

const NOW = Date.UTC(2026, 10, 22, 12);

describe('a diagnosis', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['work', 'home']);
  });
  afterEach(() => sandbox.remove());

  function check(id: string, run: DoctorCheck['run']): DoctorCheck {
    return {apiVersion: 1, id, summary: id, run};
  }

  async function diagnoseWith(...checks: unknown[]): Promise<Diagnosis> {
    const answer = {package: 'a-plugin', builtIn: false, answer: {ok: true as const, value: checks}};
    const extensions = new ExtensionRegistry(
      {
        ask: (hook) => Promise.resolve(hook === 'cao:doctor-checks' ? [answer] : []),
        packages: () => Promise.resolve([]),
      },
      () => undefined,
    );
    const contextFor = (signal: AbortSignal, nowMs: number): Context => ({
      signal,
      nowMs,
      homeDir: sandbox.home,
      dataDir: sandbox.dataDir,
      settings: {},
      warn: () => undefined,
    });
    const {store} = sandbox;
    const onProblem = () => undefined;
    return diagnose({
      store,
      extensions,
      contextFor,
      thresholds: DEFAULT_THRESHOLDS,
      nowMs: NOW,
      askLogins: false,
      decide: () => Promise.resolve(null),
      doPieces: doQuietly,
      onProblem,
    });
  }

  it('gathers what the checks of plugins find, and gives them no token', async () => {
    let seen = '';
    const finding: Finding = {
      code: 'mine',
      severity: 'warn',
      account: 'work',
      message: 'Something.',
      fix: 'mend',
    };
    const diagnosis = await diagnoseWith(
      check('mine', (context) => {
        seen = JSON.stringify(context.accounts);
        assert.equal(context.nowMs, NOW);
        return Promise.resolve([finding]);
      }),
    );
    assert.deepEqual(diagnosis.issues, [finding]);
    assert.deepEqual(diagnosis.totals, {accounts: 2, ok: 1, warnings: 1, errors: 0});
    assert.match(seen, /work@example\.test/);
    assert.doesNotMatch(seen, /rt-of-the-account|eyJ/);
    assert.equal(diagnosisExit(diagnosis), 1);
  });

  it('makes findings of checks that throw or answer something else, and goes on', async () => {
    const diagnosis = await diagnoseWith(
      check('throws', () => Promise.reject(new Error('out of order'))),
      check('nonsense', () => Promise.resolve([{code: 'Not A Code'}] as unknown as Finding[])),
      check('fine', () => Promise.resolve([])),
    );
    assert.deepEqual(
      diagnosis.issues.map(({code}) => code),
      ['check_failed', 'check_failed'],
    );
    assert.match(diagnosis.issues[0]!.message, /"throws" of a-plugin failed: out of order/);
    assert.match(diagnosis.issues[0]!.fix ?? '', /cao plugins uninstall a-plugin/);
  });

  it('makes findings of extensions that cannot be used', async () => {
    const diagnosis = await diagnoseWith(
      {id: 'half'},
      check('fine', () => Promise.resolve([])),
    );
    assert.deepEqual(
      diagnosis.issues.map(({code, severity}) => [code, severity]),
      [['plugin_broken', 'warn']],
    );
  });
});
