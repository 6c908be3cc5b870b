import assert from 'node:assert/strict';

import {jsonExcess, parseWithin} from '../../../src/files/json/bounded.js';

const BOUNDS = {depth: 3, values: 6};

describe('the bounds of JSON', () => {
  const CASES: [text: string, excess: 'depth' | 'values' | null][] = [
    ['{}', null],
    ['', null],
    ['[[[]]]', null],
    ['[[[[]]]]', 'depth'],
    ['[[],[],[]]', 'values'],
    ['[{"a":{}}]', null],
    ['[{"a":{"b":[]}}]', 'depth'],
    ['[1,2,3,4,5]', null],
    ['[1,2,3,4,5,6]', 'values'],
    ['{"a":"[[[[[[,,,,,,,,"}', null],
    [String.raw`{"a":"\"[[[[,,,,,,,"}`, null],
    [String.raw`{"a":"\\","b":[[[]]]}`, 'depth'],
    ['"cut off [[[[', null],
    ['"cut off \\', null],
    [']]]][[[[[[[', 'values'],
  ];
  for (const [text, excess] of CASES) {
    it(`are ${excess === null ? 'kept' : `broken in ${excess}`} by ${text}`, () => {
      assert.equal(jsonExcess(text, BOUNDS), excess);
    });
  }

  it('have what goes beyond them count as no JSON', () => {
    assert.deepEqual(parseWithin('[[[]]]', BOUNDS), [[[]]]);
    assert.equal(parseWithin('[[[[]]]]', BOUNDS), undefined);
    assert.equal(parseWithin('[', BOUNDS), undefined);
  });
});
