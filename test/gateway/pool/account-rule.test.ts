import assert from 'node:assert/strict';

import {type AccountRule, pathOfRule, ruledTarget} from '../../../src/gateway/pool/account-rule.js';

describe('the rule of a run about its accounts', () => {
  const RULES: [rule: AccountRule, path: string][] = [
    [{kind: 'only', account: 'b-1_X'}, '/cao/for/only.b-1_X'],
    [{kind: 'first', account: 'b', sinceMs: 17}, '/cao/for/first.b.17'],
  ];
  for (const [rule, path] of RULES) {
    it(`stands in the path ${path}`, () => {
      assert.equal(pathOfRule(rule), path);
      for (const rest of ['/v1/responses', '/v1/models?client_version=1', ''])
        assert.deepEqual(ruledTarget(path + rest), {rule, target: rest});
    });
  }

  for (const target of ['/v1/responses', '/cao/status', '/cao/for', '/x/cao/for/only.b/v1']) {
    it(`is none in ${target}`, () => assert.deepEqual(ruledTarget(target), {rule: null, target}));
  }

  for (const name of [
    '',
    'only',
    'only.',
    'only.b.17',
    'first.b',
    'first.b.x',
    'last.b',
    'only.b%2e',
    'only.é',
  ]) {
    it(`is refused as "${name}"`, () => assert.equal(ruledTarget(`/cao/for/${name}/v1/responses`), null));
  }
});
