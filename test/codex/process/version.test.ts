import assert from 'node:assert/strict';

import {isTestedCodex, knowsOption, tooOld} from '../../../src/codex/process/version.js';

describe('the version of Codex', () => {
  const VERSIONS: [version: string, tested: boolean][] = [
    ['0.169.0', true],
    ['0.169.12', true],
    ['0.169.0-alpha.3', true],
    ['0.169.0+build.7', true],
    ['0.168.9', false],
    ['0.170.0', false],
    ['0.170.0-alpha.1', false],
    ['0.1690.0', false],
    ['1.169.0', false],
    ['nonsense', false],
  ];
  for (const [version, tested] of VERSIONS) {
    it(`${version} is ${tested ? '' : 'not '}one that was run against`, () => {
      assert.equal(isTestedCodex(version), tested);
    });
  }

  for (const [version, old] of [
    ['0.149.9', true],
    ['0.12.3', true],
    ['0.150.0', false],
    ['0.150.0-alpha.1', false],
    ['1.0.0', false],
    ['nonsense', false],
  ] as const) {
    it(`${version} is ${old ? '' : 'not '}too old`, () => assert.equal(tooOld(version) !== null, old));
  }

  for (const [version, knows] of [
    ['0.155.9', false],
    ['0.156.0', true],
    ['0.169.0', true],
    [null, true],
    ['nonsense', true],
  ] as const) {
    it(`${String(version)} ${knows ? 'knows' : 'does not know'} --no-daemon`, () =>
      assert.equal(knowsOption(version, '--no-daemon'), knows));
  }
});
