import assert from 'node:assert/strict';

import {registryRenamed, registryWith, registryWithout} from '../../../src/accounts/data/registry-changes.js';
import type {RegistryFile} from '../../../src/accounts/data/registry-file.js';

/** `*a b` for a default `a` and another account. */
function file(text: string): RegistryFile {
  const names = text.split(' ').filter((name) => name !== '');
  const accounts = names.map((name) => name.replace('*', ''));
  const chosen = names.find((name) => name.startsWith('*')) ?? null;
  return {default_account: chosen && chosen.slice(1), accounts};
}

describe('a change of the registry', () => {
  const cases: [string, (before: RegistryFile) => RegistryFile, string, string][] = [
    ['a rename keeps the place', (one) => registryRenamed(one, {from: 'b', to: 'd'}), '*a b c', '*a d c'],
    ['a rename keeps the default', (one) => registryRenamed(one, {from: 'a', to: 'd'}), '*a b', '*d b'],
    [
      'a rename of nobody changes nothing',
      (one) => registryRenamed(one, {from: 'x', to: 'd'}),
      '*a b',
      '*a b',
    ],
    ['a removal', (one) => registryWithout(one, 'b'), '*a b c', '*a c'],
    ['a removal of the default makes the next it', (one) => registryWithout(one, 'a'), '*a b c', '*b c'],
    ['a removal of the last', (one) => registryWithout(one, 'a'), '*a', ''],
    ['a new account comes last', (one) => registryWith(one, 'c'), 'b *a', 'b *a c'],
    ['a first account is the default', (one) => registryWith(one, 'a'), '', '*a'],
    ['an account that is there stays where it is', (one) => registryWith(one, 'b'), 'b *a', 'b *a'],
  ];
  for (const [title, change, before, after] of cases) {
    it(`${title}, and done again it changes nothing`, () => {
      assert.deepEqual(change(file(before)), file(after));
      assert.deepEqual(change(change(file(before))), file(after));
    });
  }

  it('keeps keys that this version does not know', () => {
    const newer: RegistryFile = {...file('*a b'), later: 1};
    for (const changed of [
      registryRenamed(newer, {from: 'a', to: 'c'}),
      registryWithout(newer, 'a'),
      registryWith(newer, 'c'),
    ])
      assert.equal(changed['later'], 1);
  });
});
