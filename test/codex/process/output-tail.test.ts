import assert from 'node:assert/strict';

import {OutputTail} from '../../../src/codex/process/output-tail.js';

const LIMIT = 8192;

describe('the tail of an output', () => {
  function tailOf(...chunks: string[]): string {
    const tail = new OutputTail();
    for (const chunk of chunks) tail.add(Buffer.from(chunk));
    return tail.text();
  }

  it('is everything while that is little', () => {
    assert.equal(tailOf(), '');
    assert.equal(tailOf('a', '', 'b\n'), 'ab\n');
    assert.equal(tailOf('x'.repeat(LIMIT)), 'x'.repeat(LIMIT));
  });

  it('is the last 8 KiB of more, however they came', () => {
    const whole = Array.from({length: 3000}, (_, n) => `line ${n}\n`).join('');
    const end = whole.slice(-LIMIT);
    assert.equal(tailOf(whole), end);
    for (const size of [1, 7, 1000, LIMIT - 1, LIMIT, LIMIT + 1]) {
      const chunks = whole.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      assert.equal(tailOf(...chunks), end, `in chunks of ${size}`);
    }
  });

  it('joins a character that two chunks share, and shows one that was cut off as a gap', () => {
    const [euro] = [Buffer.from('€')];
    const tail = new OutputTail();
    tail.add(euro.subarray(0, 1));
    tail.add(euro.subarray(1));
    assert.equal(tail.text(), '€');
    assert.equal(tailOf('€', 'x'.repeat(LIMIT - 1)), `\uFFFD${'x'.repeat(LIMIT - 1)}`);
  });
});
