import {isObject, type JsonObject} from '../account/json.js';
import {answerFromPrompt} from './answers.js';
import {asksForCompaction, compactionItem} from './compaction.js';
import {sealContent} from './encrypted.js';
import {itemEvents, messageEvents, messageItem, reasoningItem, toPieces} from './items.js';
import {readPrompt} from './prompt.js';
import {answerSchema, fillSchema, isSideTask} from './structured.js';
import {agentCall, shellCall} from './tools.js';
import type {Turn} from './turn.js';

/** The items of a response, and the events that stream them. */
export type Output = {items: JsonObject[]; events: JsonObject[]};

/**
 * What the model says in a turn: reasoning and then a message or a tool call, or the item of a compaction.
 * @throws Error when a command is to be run and the request offers no tool for it
 */
export function compose(turn: Turn, responseId: string): Output {
  const {account, rules, request, input} = turn;
  if (asksForCompaction(input)) {
    const item = compactionItem(input, account.name, responseId);
    return {items: [item], events: itemEvents(item, 0)};
  }
  const prompt = readPrompt(input, request, account.name);
  const next = isSideTask(request)
    ? {text: 'Simulated task'}
    : (rules.answer(prompt) ?? answerFromPrompt(prompt));
  const reasoning = reasoningItem(
    sealContent({account: account.name, kind: 'reasoning', responseId, toolOutputs: []}),
  );
  if ('command' in next || 'tool' in next) {
    const call =
      'tool' in next ? agentCall(next, account.name, responseId) : shellCall(next.command, request, input);
    return {items: [reasoning, call], events: [...itemEvents(reasoning, 0), ...itemEvents(call, 1)]};
  }
  const schema = answerSchema(request);
  const text = schema === null ? next.text : JSON.stringify(fillSchema(schema, next.text));
  const message = messageItem(text);
  return {
    items: [reasoning, message],
    events: [...itemEvents(reasoning, 0), ...messageEvents(message, toPieces(text), 1)],
  };
}

/** Whether an event is what a client shows or acts upon: the model's words, or a call. */
export function isOutput(event: JsonObject): boolean {
  if (event['type'] === 'response.output_text.delta') return true;
  const {item} = event;
  return (
    event['type'] === 'response.output_item.added' && isObject(item) && /_call$/.test(String(item['type']))
  );
}

/** The `usage` of a response, roughly, so that clients have numbers to show: four characters make a token. */
export function countTokens(input: JsonObject[], output: JsonObject[]): JsonObject {
  const tokens = (items: JsonObject[]): number => Math.ceil(JSON.stringify(items).length / 4);
  const [inputTokens, outputTokens] = [tokens(input), tokens(output)];
  return {
    input_tokens: inputTokens,
    input_tokens_details: {cached_tokens: 0},
    output_tokens: outputTokens,
    output_tokens_details: {reasoning_tokens: 16},
    total_tokens: inputTokens + outputTokens,
  };
}
