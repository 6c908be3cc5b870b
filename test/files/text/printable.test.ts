import assert from 'node:assert/strict';

import {printable, printableLines} from '../../../src/files/text/printable.js';

describe('printable text', () => {
  const CASES: [what: string, text: string, expected: string][] = [
    ['ordinary text', 'Ünïcode – 漢字 🎉', 'Ünïcode – 漢字 🎉'],
    ['line ends', 'one\r\ntwo\u2028three\u2029four', 'one two three four'],
    ['escape sequences', '\u001b[31mred\u001b[0m \u009b2J', '[31mred [0m  2J'],
    ['the bell and a backspace', 'a\u0007\bb', 'a b'],
    ['marks that turn the direction of writing', 'a\u202eexe.txt\u2066b', 'a exe.txt b'],
    ['blanks at both ends', '\n text \u0000', 'text'],
  ];
  for (const [what, text, expected] of CASES) {
    it(`of ${what}`, () => assert.equal(printable(text), expected));
  }

  it('of several lines stays on them', () => {
    assert.equal(printableLines('one\n\ttwo \u001b[31m\u202e\r\n'), 'one\n\ttwo  [31m \n');
  });
});
