import assert from 'node:assert/strict';

import {
  type EventPhase,
  eventOf,
  failureOutcome,
  phaseOf,
} from '../../../src/gateway/turns/response-events.js';

describe('an event of a response', () => {
  for (const [data, type, json] of [
    ['{"type":"response.created","id":1}', 'response.created', {type: 'response.created', id: 1}],
    [' { "type" : "error" }', 'error', {type: 'error'}],
    ['{"id":1,"type":"response.done"}', 'response.done', {id: 1, type: 'response.done'}],
    ['{"id":1}', '', {id: 1}],
    ['{"type":7}', '', {type: 7}],
    ['{"type":"with space"}', 'with space', {type: 'with space'}],
    ['["type"]', '', null],
    ['[DONE]', '', null],
    ['', '', null],
  ] as const) {
    it(`has the type "${type}" in ${data || 'nothing'}`, () => {
      const event = eventOf(data);
      assert.equal(event.type, type);
      assert.deepEqual(event.json(), json);
    });
  }

  it('shows its type before the rest has come, and without parsing it', () => {
    const event = eventOf('{"type":"response.output_text.delta","delta":"cut o');
    assert.equal(event.type, 'response.output_text.delta');
    assert.equal(event.json(), null);
  });

  it('is read as UTF-8 where it comes byte by byte', () => {
    const bytes = Buffer.from('{"type":"x","text":"é😀"}');
    assert.deepEqual(eventOf(bytes.toString('latin1'), 'latin1').json(), {type: 'x', text: 'é😀'});
  });
});

describe('what an event means for a response', () => {
  const phases: Record<EventPhase, string[]> = {
    preamble: [
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.metadata',
      'codex.response.metadata',
      'keepalive',
      '',
    ],
    usage: ['codex.rate_limits'],
    unknown: ['a type of tomorrow', 'codex.something', 'response.tomorrow'],
    output: [
      'response.output_item.added',
      'response.output_text.delta',
      'response.content_part.added',
      'response.reasoning_summary_text.delta',
      'response.refusal.delta',
      'response.function_call_arguments.delta',
      'response.custom_tool_call_input.delta',
      'response.web_search_call.searching',
      'response.mcp_list_tools.completed',
      'response.image_generation_call.partial_image',
    ],
    completed: ['response.completed', 'response.done', 'response.incomplete', 'response.cancelled'],
    failed: ['response.failed', 'error'],
  };
  for (const [phase, types] of Object.entries(phases)) {
    it(`is ${phase} for ${types.map((type) => type || 'none').join(', ')}`, () => {
      for (const type of types) assert.equal(phaseOf(eventOf(JSON.stringify({type}))), phase, type);
    });
  }

  const quota = {code: 'usage_limit_reached', message: 'The usage limit has been reached'};
  const ends: [what: string, type: string, response: object, phase: EventPhase][] = [
    ['an end with an error', 'response.incomplete', {error: quota}, 'failed'],
    ['a completion with an error', 'response.completed', {error: quota}, 'failed'],
    ['a cancellation with one', 'response.cancelled', {error: quota}, 'failed'],
    [
      'an end that its details give an error for',
      'response.incomplete',
      {incomplete_details: quota},
      'failed',
    ],
    [
      'one that they give as the reason',
      'response.incomplete',
      {incomplete_details: {reason: 'usage_limit_reached'}},
      'failed',
    ],
    [
      'an end at the length allowed',
      'response.incomplete',
      {error: null, incomplete_details: {reason: 'max_output_tokens'}},
      'completed',
    ],
    [
      'a completion without an error',
      'response.completed',
      {error: null, output: [{error: {}}]},
      'completed',
    ],
  ];
  for (const [what, type, response, phase] of ends) {
    it(`is ${phase} for ${what}, however its JSON is spaced`, () => {
      for (const data of [JSON.stringify({type, response}), pretty({type, response})])
        assert.equal(phaseOf(eventOf(data)), phase);
    });
  }
});

/** As Python writes JSON. */
function pretty(value: object): string {
  return JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
}

describe('what a failure says to the verdict', () => {
  it('has the status and the headers of the answer that it stands for, before those of its response', () => {
    const event = {
      type: 'error',
      status_code: 429,
      error: {},
      headers: {'X-Codex-Active-Limit': 'premium', n: 1},
    };
    const headers = {'x-codex-active-limit': 'codex', 'x-request-id': 'r'};
    assert.deepEqual(failureOutcome('http', eventOf(JSON.stringify(event)), headers), {
      source: 'http',
      status: 429,
      headers: {'x-codex-active-limit': 'premium', 'x-request-id': 'r', n: '1'},
      body: event,
    });
  });

  it('has no status where the event has none', () => {
    const event = {type: 'response.failed', response: {error: {code: 'x'}}};
    assert.deepEqual(failureOutcome('websocket', eventOf(JSON.stringify(event))), {
      source: 'websocket',
      headers: {},
      body: event,
    });
  });
});
