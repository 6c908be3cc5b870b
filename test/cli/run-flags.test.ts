import assert from 'node:assert/strict';

import {asWords, goesThroughGateway, waitMsOf, withDefaultWait} from '../../src/cli/run-flags.js';

describe('the flags that run and resume share', () => {
  for (const [given, read] of [
    ['--wait', '--wait=12h'],
    ['--wait 3h', '--wait 3h'],
    ['--wait=3h', '--wait=3h'],
    ['--wait 90', '--wait 90'],
    ['--wait 1h30m --last', '--wait 1h30m --last'],
    ['--wait --last', '--wait=12h --last'],
    // Ids of threads begin with a zero.
    ['--wait 01923456', '--wait=12h 01923456'],
    ['--wait 0192d', '--wait=12h 0192d'],
    ['--wait 0', '--wait 0'],
    ['--account wait', '--account wait'],
  ] as const) {
    it(`reads "${given}" as "${read}"`, () => {
      assert.equal(withDefaultWait(given.split(' '), false).join(' '), read);
    });
  }

  for (const [given, read] of [
    ['--wait banana', '--wait banana'],
    ['--wait 3h', '--wait 3h'],
    ['--wait', '--wait=12h'],
    ['--wait --account work', '--wait=12h --account work'],
  ] as const) {
    it(`reads "${given}" as "${read}" where only flags can stand`, () => {
      assert.equal(withDefaultWait(given.split(' '), true).join(' '), read);
    });
  }

  const PLAIN = {fallback: true, 'max-passes': 2, 'retry-delay': 0};
  for (const [flags, words] of [
    [{}, ''],
    [{wait: '3h'}, ''],
    [{account: 'work', fallback: false}, '--account=work --no-fallback'],
    [{codex: '/opt/codex', gateway: false}, '--codex=/opt/codex --no-gateway'],
    [{gateway: true, 'gateway-url': 'http://x'}, '--gateway --gateway-url=http://x'],
    [{'max-passes': 1, 'retry-delay': 5}, '--max-passes=1 --retry-delay=5'],
  ] as const) {
    it(`are handed on as "${words}" by a run with ${JSON.stringify(flags)}`, () => {
      assert.equal(asWords({...PLAIN, ...flags}).join(' '), words);
    });
  }

  for (const [wait, ms] of [
    [undefined, null],
    ['90', 90_000],
    ['45m', 2_700_000],
    ['1h30m', 5_400_000],
    ['12h', 43_200_000],
    ['1d', 86_400_000],
  ] as const) {
    it(`waits ${ms ?? 'not at all'}${ms === null ? '' : ' ms'} for ${wait ?? 'no flag'}`, () => {
      assert.equal(waitMsOf(wait === undefined ? {} : {wait}), ms);
    });
  }

  for (const wait of ['soon', '3x', '-1', '', '0192d']) {
    it(`refuses to wait for "${wait}"`, () => {
      assert.throws(() => waitMsOf({wait}), {
        code: 'usage',
        exit: 2,
        message: `"${wait}" is not a duration.`,
      });
    });
  }

  for (const [flags, setting, through] of [
    [{}, false, false],
    [{}, true, true],
    [{gateway: true}, false, true],
    [{gateway: false}, true, false],
    [{'gateway-url': 'http://127.0.0.1:1'}, false, true],
    [{gateway: false, 'gateway-url': 'http://127.0.0.1:1'}, true, false],
  ] as const) {
    it(`${through ? 'uses a' : 'uses no'} gateway with ${JSON.stringify(flags)} and the setting ${setting}`, () => {
      assert.equal(goesThroughGateway(flags, setting), through);
    });
  }
});
