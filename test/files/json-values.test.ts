import assert from 'node:assert/strict';

import {asNumber, asRecord, asText, parseJson, parseRecord} from '../../src/files/json-values.js';

describe('JSON that others wrote', () => {
  const TEXTS: [text: string, value: unknown, record: unknown][] = [
    ['{"a":1}', {a: 1}, {a: 1}],
    ['null', null, null],
    ['[1]', [1], null],
    ['"text"', 'text', null],
    ['0', 0, null],
    ['', undefined, null],
    ['{"a":', undefined, null],
    ['undefined', undefined, null],
  ];
  for (const [text, value, record] of TEXTS) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseJson(text), value);
      assert.deepEqual(parseRecord(text), record);
    });
  }

  const VALUES: [value: unknown, record: unknown, text: unknown, number: unknown][] = [
    [{}, {}, null, null],
    [[], null, null, null],
    [null, null, null, null],
    [undefined, null, null, null],
    ['', null, null, null],
    [' ', null, ' ', null],
    ['1', null, '1', null],
    [0, null, null, 0],
    [Number.NaN, null, null, null],
    [Number.POSITIVE_INFINITY, null, null, null],
  ];
  for (const [value, record, text, number] of VALUES) {
    it(`takes ${typeof value} ${String(value)} as what it is`, () => {
      assert.deepEqual([asRecord(value), asText(value), asNumber(value)], [record, text, number]);
    });
  }
});
