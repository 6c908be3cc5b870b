import assert from 'node:assert/strict';
import {gzipSync} from 'node:zlib';

import type {ThreadMemory} from '../../../src/gateway/turns/affinity.js';
import {RequestBody} from '../../../src/gateway/turns/request-body.js';
import {
  type AdaptOptions,
  type Adapted,
  adapt,
  frameText,
  frameTurnState,
} from '../../../src/gateway/turns/sanitize.js';
import {TurnStates} from '../../../src/gateway/turns/turn-states.js';

type Json = Record<string, unknown>;

const message = {type: 'message', role: 'user', content: []};
const reasoning = (sealed: string): Json => ({type: 'reasoning', encrypted_content: sealed});

const sealedOutput: Json = {
  type: 'function_call_output',
  call_id: 'c',
  output: [{type: 'encrypted_content', encrypted_content: 'x'}],
};

const turnStates = new TurnStates();
turnStates.issued('ts-a', 'a');

const onA: ThreadMemory = {account: 'a', foreign: new Set()};

/** As account `a` of a thread that is not known takes it, but for what `options` say. */
async function adapted(request: Json, options: Partial<AdaptOptions> = {}): Promise<Adapted & {json: Json}> {
  const body = new RequestBody(Buffer.from(JSON.stringify(request)));
  const result = await adapt(body, {
    ...{account: 'a', memory: null, turnStates, stripAll: false, dropPrevious: false},
    ...options,
  });
  assert.equal(result.payload === body.raw, !result.changed);
  return {...result, json: JSON.parse(result.payload.toString()) as Json};
}

/** The key under which an item is remembered. */
async function keyOf(item: Json): Promise<string> {
  const {left} = await adapted({input: [item]}, {stripAll: true});
  return left[0] ?? '';
}

describe('a request on its way to an account', () => {
  const one = reasoning('one');
  const two = reasoning('two');
  const mixed = {input: [one, message, two]};
  const cases: [
    what: string,
    request: Json,
    options: () => Promise<Partial<AdaptOptions>>,
    expected: Json,
  ][] = [
    ['that has its thread: as it is', mixed, () => Promise.resolve({memory: onA}), mixed],
    ['of a thread that is not known: as it is', mixed, () => Promise.resolve({}), mixed],
    [
      'after another one: without reasoning',
      mixed,
      () => Promise.resolve({account: 'b', memory: onA}),
      {input: [message]},
    ],
    [
      'that others made some reasoning before: without theirs',
      mixed,
      async () => ({memory: {account: 'a', foreign: new Set([await keyOf(two)])}}),
      {input: [one, message]},
    ],
    [
      'that could not read some: without any reasoning',
      mixed,
      () => Promise.resolve({memory: onA, stripAll: true}),
      {input: [message]},
    ],
    [
      'after another one: with calls and outputs, but without what is sealed in them',
      {input: [sealedOutput, message]},
      () => Promise.resolve({account: 'b', memory: onA}),
      {input: [{...sealedOutput, output: [{type: 'input_text', text: '(not readable here)'}]}, message]},
    ],
    [
      'that made one of two sealed outputs: with that alone',
      {input: [sealedOutput, one]},
      async () => ({memory: {account: 'a', foreign: new Set([await keyOf(one)])}}),
      {input: [sealedOutput]},
    ],
    [
      'after another one: with the summary of a compaction, which nothing can stand for',
      {input: [{type: 'compaction', encrypted_content: 'x'}]},
      () => Promise.resolve({account: 'b', memory: onA}),
      {input: [{type: 'compaction', encrypted_content: 'x'}]},
    ],
    [
      'after a pre-warm elsewhere: without the id of that',
      {previous_response_id: 'r', input: []},
      () => Promise.resolve({dropPrevious: true}),
      {input: []},
    ],
    [
      'that issued its turn state: as it is',
      {client_metadata: {'x-codex-turn-state': 'ts-a', other: 1}},
      () => Promise.resolve({}),
      {client_metadata: {'x-codex-turn-state': 'ts-a', other: 1}},
    ],
    [
      "with another's turn state: without it",
      {client_metadata: {'x-codex-turn-state': 'ts-a', other: 1}, input: [one]},
      () => Promise.resolve({account: 'b'}),
      {client_metadata: {other: 1}, input: [one]},
    ],
    [
      'with a text for input: as it is',
      {input: 'hello'},
      () => Promise.resolve({account: 'b', memory: onA}),
      {input: 'hello'},
    ],
  ];
  for (const [what, request, options, expected] of cases) {
    it(`goes to one ${what}`, async () => {
      const {json, changed} = await adapted(request, await options());
      assert.deepEqual(json, expected);
      assert.equal(changed, JSON.stringify(request) !== JSON.stringify(expected));
    });
  }

  it('is told with the keys of what was left out, which are the same every time', async () => {
    const {left} = await adapted(mixed, {account: 'b', memory: onA});
    assert.deepEqual(left, [await keyOf(one), await keyOf(two)]);
    assert.equal(new Set(left).size, 2);
    assert.equal(await keyOf({type: 'reasoning', id: 'rs_1'}), await keyOf({type: 'reasoning', id: 'rs_1'}));
  });

  it('stays as it is where it cannot be read', async () => {
    const body = new RequestBody(Buffer.from('no JSON'));
    const options = {account: 'b', memory: onA, turnStates, stripAll: true, dropPrevious: true};
    assert.deepEqual(await adapt(body, options), {payload: body.raw, changed: false, left: []});
  });

  it('is decoded where something has to be left out', async () => {
    const body = new RequestBody(gzipSync(JSON.stringify(mixed)), 'gzip');
    const options = {account: 'b', memory: onA, turnStates, stripAll: false, dropPrevious: false};
    const {payload, changed} = await adapt(body, options);
    assert.ok(changed);
    assert.deepEqual(JSON.parse(payload.toString()), {input: [message]});
  });
});

describe('a summary that only its maker can read', () => {
  for (const [what, input, sealed] of [
    ['is a compaction with sealed content', [{type: 'compaction', encrypted_content: 'x'}], true],
    ['is one by its longer name', [message, {type: 'compaction_summary', encrypted_content: 'x'}], true],
    ['is no compaction that can be read', [{type: 'compaction', text: 'x'}], false],
    ['is no reasoning, which can be left out', [reasoning('x')], false],
    ['is not in a text', 'compaction', false],
  ] as const) {
    it(what, async () => {
      const body = new RequestBody(Buffer.from(JSON.stringify({input})));
      assert.equal((await body.sealed()).summary, sealed);
    });
  }
});

describe('a text in a frame', () => {
  for (const [frame, key, text] of [
    ['{"a":1,"previous_response_id":"resp_1"}', 'previous_response_id', 'resp_1'],
    ['{"previous_response_id":null}', 'previous_response_id', null],
    [JSON.stringify({text: '"previous_response_id":"quoted"'}), 'previous_response_id', null],
    ['{"previous_response_id":"cut off', 'previous_response_id', null],
    ['{}', 'previous_response_id', null],
  ] as const) {
    it(`is ${text ?? 'none'} in ${frame}`, () => assert.equal(frameText(Buffer.from(frame), key), text));
  }

  it('is its turn state', () => {
    const frame = {type: 'response.create', client_metadata: {'x-codex-turn-state': 'ts-é'}};
    assert.equal(frameTurnState(Buffer.from(JSON.stringify(frame))), 'ts-é');
  });
});
