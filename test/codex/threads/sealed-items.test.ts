import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

import {isSealedSummary, openItem, sealedTexts} from '../../../src/codex/threads/sealed-items.js';

type Item = Record<string, unknown>;

const HERE = '(not readable here)';
const sealedPart = {type: 'encrypted_content', encrypted_content: 'S'};
const placeholder = {type: 'input_text', text: HERE};
const said = {type: 'input_text', text: 'said'};
const output = (value: unknown): Item => ({type: 'function_call_output', call_id: 'c', output: value});
const call = (given: object, names: unknown): Item => ({
  type: 'function_call',
  call_id: 'c',
  name: 'spawn_agent',
  arguments: JSON.stringify(given),
  encrypted_function_args: names,
});

describe('an item as another account can take it', () => {
  const cases: [what: string, item: unknown, open: unknown, sealed: number][] = [
    ['reasoning goes', {type: 'reasoning', summary: [], encrypted_content: 'S'}, null, 1],
    [
      'so does any other item that is sealed itself',
      {type: 'new_kind', id: 'x', encrypted_state: 'S'},
      null,
      1,
    ],
    [
      'a message keeps its text beside a sealed field',
      {type: 'message', role: 'user', content: [said], encrypted_content: 'S'},
      {type: 'message', role: 'user', content: [said]},
      1,
    ],
    [
      'a message without any goes',
      {type: 'message', id: 'm', role: 'user', content: [sealedPart], encrypted_content: 'S'},
      null,
      2,
    ],
    [
      'reasoning goes with its summary',
      {type: 'reasoning', summary: [{type: 'summary_text', text: 'so'}], encrypted_content: 'S'},
      null,
      1,
    ],
    [
      'a structure is sealed like a text',
      {type: 'message', content: [said], encrypted_content: {key: 1, data: ['S']}},
      {type: 'message', content: [said]},
      1,
    ],
    [
      'a part with a sealed structure too',
      output([{type: 'encrypted_content', encrypted_content: {data: 'S'}}]),
      output([placeholder]),
      1,
    ],
    [
      'a message between agents keeps its parts in number',
      {type: 'agent_message', author: '/root', content: [said, sealedPart]},
      {type: 'agent_message', author: '/root', content: [said, placeholder]},
      1,
    ],
    [
      'an output keeps its call',
      output([sealedPart, said, sealedPart]),
      output([placeholder, said, placeholder]),
      2,
    ],
    ['an output that was nothing else too', output([sealedPart]), output([placeholder]), 1],
    ['an output that is sealed as a whole', output({encrypted_content: 'S'}), output(HERE), 1],
    [
      'an output with a sealed field beside it',
      {...output(undefined), encrypted_output: 'S'},
      output(HERE),
      1,
    ],
    [
      'an output of another tool',
      {...output([sealedPart]), type: 'custom_tool_call_output'},
      {...output([placeholder]), type: 'custom_tool_call_output'},
      1,
    ],
    [
      'a part that says more keeps the rest',
      output([{type: 'input_image', image_url: 'u', encrypted_content: 'S'}]),
      output([{type: 'input_image', image_url: 'u'}]),
      1,
    ],
    [
      'a call keeps its id, and what of its arguments can be read',
      call({message: 'S', task_name: 't'}, ['message']),
      {
        type: 'function_call',
        call_id: 'c',
        name: 'spawn_agent',
        arguments: JSON.stringify({message: HERE, task_name: 't'}),
      },
      1,
    ],
    [
      'an argument is sealed whatever its kind',
      call({message: {data: 'S'}, task_name: 5}, ['message', 'task_name']),
      {
        type: 'function_call',
        call_id: 'c',
        name: 'spawn_agent',
        arguments: JSON.stringify({message: HERE, task_name: HERE}),
      },
      2,
    ],
    [
      'a call whose arguments are sealed in a field of their own',
      call({}, 'S'),
      {type: 'function_call', call_id: 'c', name: 'spawn_agent', arguments: '{}'},
      1,
    ],
  ];
  for (const [what, item, open, sealed] of cases) {
    it(what, () => {
      assert.equal(sealedTexts(item).length, sealed);
      // As JSON: an absent field and one that is undefined are one.
      assert.equal(JSON.stringify(openItem(item)), JSON.stringify(open));
      assert.deepEqual(sealedTexts(openItem(item)), []);
    });
  }

  const kept: [what: string, item: unknown][] = [
    ['what the user said', {type: 'message', content: [said]}],
    ['reasoning without anything sealed', {type: 'reasoning', encrypted_content: null}],
    [
      'words about sealed things',
      {type: 'message', content: [{type: 'input_text', text: '"encrypted_content"'}]},
    ],
    [
      'a tool whose schema has such a property',
      {type: 'additional_tools', tools: [{properties: {encrypted_content: {type: 'string'}}}]},
    ],
    ['a call that names arguments it does not have', call({task_name: 't'}, ['message'])],
    ['a call whose arguments are no JSON', {...call({}, ['message']), arguments: 'message'}],
    ['a compaction’s summary, which cannot be left out', {type: 'compaction', encrypted_content: 'S'}],
    ['a text', 'encrypted_content'],
    ['nothing', null],
  ];
  for (const [what, item] of kept) it(`is ${what} itself`, () => assert.equal(openItem(item), item));

  it('is a summary only where a compaction made it', () => {
    assert.ok(isSealedSummary({type: 'compaction', encrypted_content: 'S'}));
    assert.ok(isSealedSummary({type: 'context_compaction', encrypted_content: 'S'}));
    assert.ok(!isSealedSummary({type: 'compaction', text: 'so far'}));
    assert.ok(!isSealedSummary({type: 'agent_message', content: [sealedPart]}));
  });

  it('leaves nothing sealed of a turn that used sub-agents, and every call with its output', () => {
    const file = join(import.meta.dirname, '../../fixtures/cases/subagent-turn.json');
    const {input} = JSON.parse(readFileSync(file, 'utf8')) as {input: Item[]};
    const open = input.map(openItem).filter((item) => item !== null) as Item[];
    assert.equal(sealedTexts(input).length, 4);
    assert.doesNotMatch(JSON.stringify(open), /encrypted|enc:a/);
    assert.deepEqual(
      open.map(({type, call_id: id}) => [type, id]),
      [
        ['message', undefined],
        ['function_call', 'c1'],
        ['function_call_output', 'c1'],
        ['agent_message', undefined],
        ['message', undefined],
      ],
    );
  });
});
