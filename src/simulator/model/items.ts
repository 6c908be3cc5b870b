import {randomUUID} from 'node:crypto';
import type {JsonObject} from '../account/json.js';

/** An id like the backend's, such as resp_0123…. */
export function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

export function reasoningItem(sealed: string): JsonObject {
  return {type: 'reasoning', id: newId('rs'), summary: [], content: null, encrypted_content: sealed};
}

export function messageItem(text: string): JsonObject {
  return {
    type: 'message',
    id: newId('msg'),
    role: 'assistant',
    status: 'completed',
    content: [{type: 'output_text', text, annotations: [], logprobs: []}],
  };
}

/** The events that carry a finished item which is not streamed in parts. */
export function itemEvents(item: JsonObject, outputIndex: number): JsonObject[] {
  return [
    {type: 'response.output_item.added', output_index: outputIndex, item: {...item, status: 'in_progress'}},
    {type: 'response.output_item.done', output_index: outputIndex, item},
  ];
}

/** The events that stream a message piece by piece. */
export function messageEvents(item: JsonObject, pieces: string[], outputIndex: number): JsonObject[] {
  const place = {item_id: item['id'], output_index: outputIndex, content_index: 0};
  const text = pieces.join('');
  const part = {type: 'output_text', text, annotations: [], logprobs: []};
  return [
    {
      type: 'response.output_item.added',
      output_index: outputIndex,
      item: {...item, status: 'in_progress', content: []},
    },
    {type: 'response.content_part.added', ...place, part: {...part, text: ''}},
    ...pieces.map((delta) => ({type: 'response.output_text.delta', ...place, delta, logprobs: []})),
    {type: 'response.output_text.done', ...place, text, logprobs: []},
    {type: 'response.content_part.done', ...place, part},
    {type: 'response.output_item.done', output_index: outputIndex, item},
  ];
}

/** Splits text into the pieces of a stream: words with the space after them. */
export function toPieces(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}
