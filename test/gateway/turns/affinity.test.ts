import assert from 'node:assert/strict';

import {Affinity, parentOfHeaders, threadOfHeaders} from '../../../src/gateway/turns/affinity.js';

describe('the thread of a request', () => {
  for (const [name, headers, thread] of [
    ['thread-id before session-id', {'session-id': 's', 'thread-id': 't'}, 't'],
    ['session-id', {'session-id': 's', session_id: 'old'}, 's'],
    ['session_id', {session_id: 'old'}, 'old'],
    ['nothing where a header is empty', {'thread-id': ''}, null],
    ['nothing where a header is repeated', {'thread-id': ['a', 'b']}, null],
    ['nothing without headers', {}, null],
    ['no more than the beginning of a long one', {'thread-id': 'x'.repeat(500)}, 'x'.repeat(200)],
  ] as const) {
    it(`is told by ${name}`, () => assert.equal(threadOfHeaders(headers as Record<string, string>), thread));
  }
});

it('the thread that began another one is told by its own header', () => {
  assert.equal(parentOfHeaders({'thread-id': 't', 'x-codex-parent-thread-id': 'p'}), 'p');
  assert.equal(parentOfHeaders({'thread-id': 't'}), null);
});

describe('affinity', () => {
  it('keeps a thread on the account that answered last, and tells of a move', () => {
    const affinity = new Affinity();
    assert.equal(affinity.get('t'), null);
    assert.equal(affinity.settle('t', 'a'), null);
    assert.equal(affinity.settle('t', 'a'), null);
    assert.equal(affinity.settle('t', 'b'), 'a');
    assert.equal(affinity.get('t')?.account, 'b');
  });

  it('knows nothing of a request without a thread', () => {
    const affinity = new Affinity();
    assert.equal(affinity.settle(null, 'a', ['x']), null);
    assert.equal(affinity.get(null), null);
    assert.equal(affinity.size, 0);
  });

  it('gathers what was left out of a thread, up to a bound', () => {
    const affinity = new Affinity();
    affinity.settle('t', 'a', ['one']);
    affinity.settle('t', 'b', ['two']);
    assert.deepEqual([...(affinity.get('t')?.foreign ?? [])], ['one', 'two']);
    affinity.settle(
      't',
      'b',
      Array.from({length: 2000}, (_, n) => `key ${n}`),
    );
    const foreign = affinity.get('t')?.foreign;
    assert.equal(foreign?.size, 2000);
    assert.ok(!foreign.has('one') && !foreign.has('two') && foreign.has('key 1999'));
  });

  it('forgets the thread that was used least recently', () => {
    const affinity = new Affinity(2);
    affinity.settle('one', 'a');
    affinity.settle('two', 'a');
    affinity.get('one');
    affinity.settle('three', 'b');
    assert.equal(affinity.get('two'), null);
    assert.deepEqual(
      affinity.counts(),
      new Map([
        ['b', 1],
        ['a', 1],
      ]),
    );
  });

  it('tells of every change, and only then', () => {
    const affinity = new Affinity();
    let told = 0;
    affinity.onChange = () => void (told += 1);
    const changes = [
      () => affinity.settle('t', 'a'),
      () => affinity.settle('t', 'a'),
      () => affinity.get('t'),
      () => affinity.settle('t', 'b'),
      () => affinity.settle('t', 'b', ['x']),
    ].map((step) => {
      const before = told;
      step();
      return told > before;
    });
    assert.deepEqual(changes, [true, false, false, true, true]);
  });

  it('is the same after it was saved and read again, the order of use too', () => {
    const affinity = new Affinity();
    affinity.settle('one', 'a', ['x']);
    affinity.settle('two', 'b');
    affinity.get('one');
    const saved = affinity.export();
    assert.deepEqual(saved, [
      ['two', 'b', []],
      ['one', 'a', ['x']],
    ]);
    const again = new Affinity();
    again.import(saved);
    assert.deepEqual(again.export(), saved);
  });
});
