import assert from 'node:assert/strict';

import {cut} from '../../src/ui/cells.js';
import {columns, shorten, wrap} from '../../src/ui/fit.js';

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

describe('columns on a terminal that is too narrow', () => {
  const rows = [
    ['WHEN', 'WHERE', 'ID'],
    ['12:00', '/home/ann/project', '0123456789'],
  ];
  const where = {at: 1, least: 7, how: shorten};
  const cases: [what: string, width: number, expected: string[]][] = [
    [
      'are left alone where they fit',
      36,
      ['WHEN   WHERE              ID', '12:00  /home/ann/project  0123456789'],
    ],
    ['shrink where they may', 29, ['WHEN   WHERE       ID', '12:00  /home…ject  0123456789']],
    ['become blocks without a heading below that', 20, ['12:00\n  /home/ann/project\n  0123456789']],
  ];
  for (const [what, width, expected] of cases) {
    it(what, () => {
      const lines = columns(rows, {width, flexible: [where], hasHead: true});
      assert.deepEqual(lines.join('\n').split('\n'), expected.join('\n').split('\n'));
    });
  }
});

describe('a path or id shortened to a width', () => {
  const cases: [string, number, string][] = [
    ['/home/ann', 9, '/home/ann'],
    ['/home/ann/x', 9, '/hom…nn/x'],
    ['/home/ann/x', 4, '/h…x'],
    ['abc', 2, 'a…'],
    ['日本語日本語', 7, '日…本語'],
    ['', 3, ''],
  ];
  for (const [text, width, expected] of cases) {
    it(`is ${JSON.stringify(expected)} for ${JSON.stringify(text)} in ${width} cells`, () =>
      assert.equal(shorten(text, width), expected));
  }
});

describe('words wrapped to a width', () => {
  const cases: [what: string, text: string, width: number, expected: string][] = [
    ['stay on one line where they fit', 'one two', 7, 'one two'],
    ['stay on one line without a limit', 'one two', Infinity, 'one two'],
    ['break between words, with an indent', 'one two three', 7, 'one two\n  three'],
    ['keep what their line begins with', '  one two three', 9, '  one two\n  three'],
    ['shorten a word longer than a line', 'see /home/ann/project now', 10, 'see\n  /hom…ect\n  now'],
    ['count no colours', '\u001B[31mred\u001B[39m two', 7, '\u001B[31mred\u001B[39m two'],
  ];
  for (const [what, text, width, expected] of cases) {
    it(what, () => assert.equal(wrap(text, width, '  '), expected));
  }
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
