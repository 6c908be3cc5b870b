import assert from 'node:assert/strict';

import {isAccountName, requireAccountName, requireNewAccountName} from '../../../src/accounts/data/names.js';
import {CaoError} from '../../../src/errors/index.js';

describe('account names', () => {
  for (const name of ['a', 'work', 'Work-2', '_x_', '-', '0', 'console', 'com', 'nul-1', 'x'.repeat(200)]) {
    it(`may be "${name.slice(0, 20)}"`, () => {
      assert.ok(isAccountName(name));
      assert.equal(requireAccountName(name), name);
    });
  }

  for (const name of ['', ' ', 'a b', 'a.b', '..', 'a/b', '../a', 'a\\b', 'a@b', 'ä', 'a\n', '\na', 'a\0']) {
    it(`may not be ${JSON.stringify(name)}`, () => {
      assert.ok(!isAccountName(name));
      assert.throws(
        () => requireAccountName(name),
        (error) => error instanceof CaoError && error.code === 'usage' && error.message.includes(name),
      );
    });
  }

  for (const name of ['x'.repeat(65), 'x'.repeat(300), '__proto__', 'CON', 'nul', 'Aux', 'com1', 'LPT9']) {
    it(`may be "${name.slice(0, 20)}" where it is there already, and not for a new one`, () => {
      assert.equal(requireAccountName(name), name);
      assert.throws(() => requireNewAccountName(name), {code: 'usage'});
    });
  }

  it('may have 64 bytes for a new account, which is not so many letters in every script', () => {
    assert.equal(requireNewAccountName('x'.repeat(64)), 'x'.repeat(64));
    assert.throws(() => requireNewAccountName('ä'.repeat(32)), {code: 'usage'});
  });
});
