import assert from 'node:assert/strict';

import {cut} from '../../src/ui/cells.js';
import {columns} from '../../src/ui/columns.js';

describe('columns', () => {
  it('are as wide as their longest cell, without blanks at the ends of lines', () => {
    assert.deepEqual(
      columns([
        ['a', 'bb', 'c'],
        ['long', '', 'the end '],
      ]),
      ['a     bb  c', 'long      the end'],
    );
  });

  it('count cells of the terminal, not characters', () => {
    assert.deepEqual(
      columns([
        ['日本', 'x'],
        ['abcd', 'x'],
        ['é', 'x'],
        ['👨‍👩‍👧', 'x'],
        ['\u001B[31mred\u001B[39m', 'x'],
      ]),
      ['日本  x', 'abcd  x', 'é     x', '👨‍👩‍👧    x', '\u001B[31mred\u001B[39m   x'],
    );
  });

  it('may be none, or one', () => {
    assert.deepEqual(columns([]), []);
    assert.deepEqual(columns([['a'], ['bb']]), ['a', 'bb']);
  });

  it('may end early in a row', () => {
    assert.deepEqual(columns([['a', 'b', 'c'], ['long'], ['x', 'y']]), ['a     b  c', 'long', 'x     y']);
  });
});

describe('a line cut to a width', () => {
  const cases: [string, number, string][] = [
    ['hello', 5, 'hello'],
    ['hello', 4, 'hel…'],
    ['hello', 1, '…'],
    ['', 5, ''],
    ['hello', 0, ''],
    ['日本語', 6, '日本語'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['👨‍👩‍👧abc', 4, '👨‍👩‍👧a…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ];
  for (const [text, width, expected] of cases) {
    it(`is ${JSON.stringify(expected)} for ${JSON.stringify(text)} in ${width} cells`, () =>
      assert.equal(cut(text, width), expected));
  }
});
