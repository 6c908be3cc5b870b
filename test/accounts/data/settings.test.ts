import assert from 'node:assert/strict';

import {
  effectiveSettings,
  parseSettingValue,
  requireSettingKey,
  SETTING_KEYS,
  type SettingKey,
} from '../../../src/accounts/data/settings.js';
import {CaoError} from '../../../src/errors/index.js';

const noProblem = (problem: string): never => assert.fail(problem);

const isUsage = (error: unknown): boolean => error instanceof CaoError && error.code === 'usage';

describe('settings', () => {
  const defaults = {
    'run.gateway': false,
    'run.continuePrompt': 'Continue where you stopped.',
    'quota.patterns': [],
    'gateway.strategy': 'ordered',
    'usage.pollMinutes': 5,
  };

  it('are known by their keys alone', () => {
    for (const key of SETTING_KEYS) assert.equal(requireSettingKey(key), key);
    for (const key of ['', 'run', 'run.Gateway', 'toString', '__proto__']) {
      assert.throws(() => requireSettingKey(key), isUsage);
    }
  });

  const taken: [SettingKey, string, unknown][] = [
    ['run.gateway', 'true', true],
    ['run.gateway', ' false ', false],
    ['run.continuePrompt', 'Go on.', 'Go on.'],
    ['run.continuePrompt', '"Go on."', 'Go on.'],
    ['quota.patterns', '["no more", "out of .*"]', ['no more', 'out of .*']],
    ['quota.patterns', 'out of (tokens|quota)', ['out of (tokens|quota)']],
    ['quota.patterns', '[]', []],
    ['gateway.strategy', 'most-remaining', 'most-remaining'],
    ['gateway.strategy', '"soonest-reset"', 'soonest-reset'],
    ['usage.pollMinutes', '1', 1],
    ['usage.pollMinutes', '2.5', 2.5],
    ['usage.pollMinutes', '1440', 1440],
  ];
  for (const [key, text, value] of taken) {
    it(`take ${text} for ${key}`, () => assert.deepEqual(parseSettingValue(key, text), value));
  }

  const refused: [SettingKey, string][] = [
    ['run.gateway', 'yes'],
    ['run.gateway', '1'],
    ['run.gateway', 'null'],
    ['run.continuePrompt', ''],
    ['run.continuePrompt', '5'],
    ['quota.patterns', '(open'],
    ['quota.patterns', '["ok", "(open"]'],
    ['quota.patterns', '[""]'],
    ['quota.patterns', '[5]'],
    ['gateway.strategy', 'fastest'],
    ['usage.pollMinutes', '0'],
    ['usage.pollMinutes', '1441'],
    ['usage.pollMinutes', 'often'],
  ];
  for (const [key, text] of refused) {
    it(`do not take ${JSON.stringify(text)} for ${key}`, () =>
      assert.throws(
        () => parseSettingValue(key, text),
        (error) => isUsage(error) && error instanceof CaoError && error.message.includes(key),
      ));
  }

  it('have defaults where nothing was set', () => {
    assert.deepEqual(effectiveSettings({}, noProblem), defaults);
  });

  it('keep what was set, and pass over keys of other versions', () => {
    const file = {'run.gateway': true, 'usage.pollMinutes': 30, 'later.key': 1};
    assert.deepEqual(effectiveSettings(file, noProblem), {
      ...defaults,
      'run.gateway': true,
      'usage.pollMinutes': 30,
    });
  });

  it('fall back where a value written by hand does not fit, and say which', () => {
    const problems: string[] = [];
    const file = {'run.gateway': 'yes', 'gateway.strategy': null, 'quota.patterns': ['(open']};
    const settings = effectiveSettings(file, (problem) => problems.push(problem));
    assert.deepEqual(settings, defaults);
    assert.equal(problems.length, 3);
    for (const key of Object.keys(file)) assert.ok(problems.some((problem) => problem.includes(key)));
  });
});
