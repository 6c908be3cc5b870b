import assert from 'node:assert/strict';

import type {QuotaDetector} from '../../src/contract/index.js';
import {withDeadline} from '../../src/extensions/deadline.js';
import {
  type ExtensionProblem,
  ExtensionRegistry,
  type HookAnswer,
} from '../../src/extensions/extension-registry.js';
import {verdictBy} from '../../src/extensions/verdict.js';

const detector = (id: string, detect: QuotaDetector['detect'] = () => null): QuotaDetector => ({
  apiVersion: 1,
  id,
  summary: id,
  detect,
});

describe('the extension registry', () => {
  const problems: ExtensionProblem[] = [];

  const registry = (...answers: HookAnswer[]): ExtensionRegistry => {
    problems.length = 0;
    return new ExtensionRegistry(
      {ask: () => Promise.resolve(answers), packages: () => Promise.resolve([])},
      (problem) => problems.push(problem),
    );
  };
  const from = (name: string, value: unknown, builtIn = false): HookAnswer => ({
    package: name,
    builtIn,
    answer: {ok: true, value},
  });
  const decide = (extensions: ExtensionRegistry) =>
    verdictBy(extensions, (signal, nowMs) => ({
      signal,
      homeDir: '',
      dataDir: '',
      nowMs,
      settings: {},
      warn: () => undefined,
    }));

  it('puts plugins before built-ins, whoever answered first', async () => {
    const all = await registry(from('cao', [detector('own')], true), from('other', [detector('theirs')])).all(
      'quota-detector',
    );
    assert.deepEqual(
      all.map(({extension}) => extension.id),
      ['theirs', 'own'],
    );
  });

  it('turns each kind of bad answer into a problem and keeps the good ones', async () => {
    const good = detector('good');
    const all = await registry(
      {package: 'throws', builtIn: false, answer: {ok: false, message: 'boom'}},
      from('no-array', {}),
      from('wrong-shape', [{...detector('x'), detect: 'no'}, null, good]),
      from('other-version', [{...detector('y'), apiVersion: 2}]),
      from('bad-id', [detector('Not An Id')]),
      from('twin', [detector('own')]),
      from('cao', [detector('own')], true),
    ).all('quota-detector');
    assert.deepEqual(
      all.map(({extension}) => extension.id),
      ['good', 'own'],
    );
    assert.deepEqual(
      problems.map((problem) => problem.package),
      ['throws', 'no-array', 'wrong-shape', 'wrong-shape', 'other-version', 'bad-id', 'twin'],
    );
    assert.match(
      problems.find(({package: name}) => name === 'other-version')?.message ?? '',
      /apiVersion: must be 1/,
    );
    assert.match(problems.at(-1)?.message ?? '', /the id "own" is taken by cao/);
  });

  it('lets the first verdict win, and passes over detectors that throw or answer nonsense', async () => {
    const throws = detector('throws', () => {
      throw new Error('boom');
    });
    const nonsense = detector('nonsense', () => ({kind: 'perhaps'}) as never);
    const says = detector('says', () => ({kind: 'overload', reason: 'mine'}));
    const later = detector('later', () => ({kind: 'request', reason: 'not mine'}));
    const verdict = await decide(registry(from('p', [throws, nonsense, says, later])))({source: 'process'});
    assert.deepEqual(verdict, {kind: 'overload', reason: 'mine'});
    assert.deepEqual(
      problems.map(({id}) => id),
      ['throws', 'nonsense'],
    );
  });

  it('abandons what takes too long, and tells it so', async () => {
    let aborted = false;
    await assert.rejects(
      withDeadline(20, (signal) => {
        signal.addEventListener('abort', () => (aborted = true));
        return new Promise(() => undefined);
      }),
      /timed out after 20 ms/,
    );
    assert.ok(aborted);
  });
});
