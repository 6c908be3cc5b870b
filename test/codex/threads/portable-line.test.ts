import assert from 'node:assert/strict';

import {portableLine, sameLine, sealsThread} from '../../../src/codex/threads/portable-line.js';

const AT = '2026-11-22T10:00:00.000Z';

const line = (type: string, payload: unknown, more: object = {}): string =>
  JSON.stringify({timestamp: AT, ordinal: 7, type, payload, ...more});

const reasoning = {type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: `gAAAA-${'é'.repeat(60)}`};
const message = {type: 'message', role: 'user', content: [{type: 'input_text', text: 'hello'}]};

describe('a line of a rollout made portable', () => {
  it('says nothing where reasoning stood, at its time, ordinal and length', () => {
    const sealed = line('response_item', reasoning);
    const portable = portableLine(sealed);
    assert.equal(Buffer.byteLength(portable), Buffer.byteLength(sealed));
    assert.deepEqual(JSON.parse(portable), {
      timestamp: AT,
      ordinal: 7,
      type: 'event_msg',
      payload: {type: 'token_count', info: null, rate_limits: null},
    });
  });

  it('has an ordinal only where it had one', () => {
    const sealed = JSON.stringify({timestamp: AT, type: 'response_item', payload: reasoning});
    assert.ok(!('ordinal' in (JSON.parse(portableLine(sealed)) as object)));
  });

  it('no longer names its creator', () => {
    const owned = {account_scoped: true, creator_user_id: 'u', creator_account_id: 'w'};
    const meta = line('session_meta', {...owned, id: 'x', cwd: '/wörk'}, {extra: 1});
    const portable = portableLine(meta);
    assert.equal(Buffer.byteLength(portable), Buffer.byteLength(meta));
    assert.deepEqual(JSON.parse(portable), {
      timestamp: AT,
      ordinal: 7,
      type: 'session_meta',
      payload: {id: 'x', cwd: '/wörk'},
      extra: 1,
    });
  });

  it('loses the reasoning within a local compaction, and nothing else of it', () => {
    const compacted = line('compacted', {message: 'so far', replacement_history: [message, reasoning]});
    const portable = portableLine(compacted);
    assert.equal(Buffer.byteLength(portable), Buffer.byteLength(compacted));
    assert.deepEqual((JSON.parse(portable) as {payload: unknown}).payload, {
      message: 'so far',
      replacement_history: [message],
    });
  });

  it('keeps its length and its pairs, however short what was sealed', () => {
    for (const payload of [
      {
        type: 'function_call_output',
        call_id: 'c',
        output: [{type: 'encrypted_content', encrypted_content: 'S'}],
      },
      {type: 'function_call_output', call_id: 'c', output: {encrypted_content: 'S'}},
      {type: 'agent_message', content: [{type: 'encrypted_content', encrypted_content: 'S'}]},
      {type: 'function_call', call_id: 'c', arguments: '{"m":"S"}', encrypted_function_args: ['m']},
    ]) {
      const sealed = line('response_item', payload);
      const portable = portableLine(sealed);
      assert.equal(Buffer.byteLength(portable), Buffer.byteLength(sealed));
      assert.match(portable, /"response_item".*not readable here/);
    }
  });

  const kept: [string, string][] = [
    ['what the user said', line('response_item', message)],
    [
      'words about encrypted_content',
      line('response_item', {...message, text: 'what is encrypted_content?'}),
    ],
    ['reasoning without anything sealed', line('response_item', {...reasoning, encrypted_content: null})],
    ['a remote compaction', line('response_item', {type: 'compaction', encrypted_content: 'gAAAA-1'})],
    [
      'an event that tells of reasoning',
      line('event_msg', {type: 'agent_reasoning', text: 'encrypted_content'}),
    ],
    ['a line that is cut off', '{"type":"response_item","payload":{"encrypted_content":"gA'],
    ['a payload that is no object', line('response_item', 'encrypted_content')],
    ['a line that is no object', '["encrypted_content"]'],
    ['an empty line', ''],
  ];
  for (const [what, text] of kept) it(`keeps ${what} as it is`, () => assert.equal(portableLine(text), text));
});

describe('a line that decides whether a thread can move', () => {
  const cases: [string, string, boolean | null][] = [
    ['a remote compaction', line('response_item', {type: 'compaction', encrypted_content: 'gA'}), true],
    [
      'sealed parts of a tool’s output, which fall away',
      line('response_item', {
        type: 'function_call_output',
        call_id: 'c',
        output: [{type: 'encrypted_content', encrypted_content: 'gA'}],
      }),
      null,
    ],
    [
      'sealed words between agents, which fall away',
      line('response_item', {
        type: 'agent_message',
        author: '/root/x',
        content: [{type: 'encrypted_content', encrypted_content: 'gA'}],
      }),
      null,
    ],
    [
      'a compaction with sealed history',
      line('compacted', {replacement_history: [{type: 'compaction', encrypted_content: 'gA'}]}),
      true,
    ],
    ['a compaction that can be read', line('compacted', {message: 'so far'}), false],
    [
      'a compaction whose reasoning falls away',
      line('compacted', {replacement_history: [message, reasoning]}),
      false,
    ],
    ['reasoning, which falls away', line('response_item', reasoning), null],
    ['what the user said', line('response_item', message), null],
    ['words about compacted things', line('response_item', {...message, id: 'compacted'}), null],
    ['a line that is cut off', '{"type":"compacted","payl', null],
  ];
  for (const [what, text, expected] of cases) {
    const does = expected === null ? 'is not' : expected ? 'forbids it by' : 'allows it by';
    it(`${does} ${what}`, () => assert.equal(sealsThread(text), expected));
  }
});

describe('lines at one place of two copies', () => {
  const same = (one: string, other: string) => sameLine(Buffer.from(one), Buffer.from(other));
  const sealed = line('response_item', reasoning);

  it('are the same but for what was taken out', () => {
    assert.ok(same(sealed, sealed));
    assert.ok(same(sealed, portableLine(sealed)));
    assert.ok(same(line('response_item', message), line('response_item', message)));
  });

  it('are not the same when anything else differs', () => {
    assert.ok(!same(sealed, portableLine(sealed).trimEnd()));
    assert.ok(!same(line('response_item', message), line('response_item', {...message, role: 'uses'})));
    assert.ok(!same(line('response_item', message), `${line('response_item', message)} `));
  });
});
