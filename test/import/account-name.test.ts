import assert from 'node:assert/strict';

import {isAccountName} from '../../src/accounts/data/names.js';
import {toAccountName, uniqueName} from '../../src/import/account-name.js';

describe('a name that others chose', () => {
  const cases: [string, string][] = [
    ['work', 'work'],
    ['Work_2', 'Work_2'],
    ['ann@example.com', 'ann-example-com'],
    ['Bob Smith', 'Bob-Smith'],
    ['José', 'Jose'],
    ['ﬁx', 'fix'],
    ['../../etc/passwd', 'etc-passwd'],
    ['a\u0000b', 'a-b'],
    ['--a--', 'a'],
    ['日本', 'account'],
    ['..', 'account'],
    ['', 'account'],
    ['__proto__', 'account'],
    ['constructor', 'constructor'],
    ['x'.repeat(80), 'x'.repeat(64)],
    [`${'x'.repeat(63)} y`, 'x'.repeat(63)],
  ];
  for (const [proposed, name] of cases) {
    it(`becomes "${name}" from ${JSON.stringify(proposed)}`, () => {
      assert.equal(toAccountName(proposed), name);
      assert.ok(isAccountName(name));
    });
  }

  it('is numbered where it is taken', async () => {
    const among =
      (...taken: string[]) =>
      (name: string) =>
        taken.includes(name);
    assert.equal(await uniqueName('work', among()), 'work');
    assert.equal(await uniqueName('work', among('work')), 'work-2');
    assert.equal(await uniqueName('work', among('work', 'work-2', 'work-4')), 'work-3');
    assert.equal(await uniqueName('work', (name) => Promise.resolve(name === 'work')), 'work-2');
  });

  it('stays short enough when it is numbered', async () => {
    const longest = 'x'.repeat(64);
    const name = await uniqueName(longest, (each) => each === longest);
    assert.equal(name, `${'x'.repeat(59)}-2`);
  });
});
