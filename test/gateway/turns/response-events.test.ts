import assert from 'node:assert/strict';

import {type EventPhase, eventOf, phaseOf} from '../../../src/gateway/turns/response-events.js';

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
    output: ['response.output_item.added', 'response.output_text.delta', 'a type of tomorrow'],
    completed: ['response.completed', 'response.done', 'response.incomplete', 'response.cancelled'],
    failed: ['response.failed', 'error'],
  };
  for (const [phase, types] of Object.entries(phases)) {
    it(`is ${phase} for ${types.map((type) => type || 'none').join(', ')}`, () => {
      for (const type of types) assert.equal(phaseOf(type), phase, type);
    });
  }
});
