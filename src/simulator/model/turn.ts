import {setTimeout as sleep} from 'node:timers/promises';
import type {SimulatedAccount} from '../account/account.js';
import {answerFromPrompt} from '../server/answers.js';
import type {Backend} from '../server/backend.js';
import {asksForCompaction, compactionItem} from './compact.js';
import {apiError, invalidEncryptedContent} from './disturbances.js';
import {findForeignContent, sealContent} from './encrypted.js';
import {itemEvents, messageEvents, messageItem, newId, reasoningItem, toPieces} from './items.js';
import {isObject, type JsonObject} from '../server/json.js';
import {readPrompt} from './prompt.js';
import {rateLimitEvent, rateLimitHeaders} from '../account/rate-limits.js';
import type {RecordedRequest} from '../server/request-log.js';
import type {Place} from './script.js';
import {ClientGone, type Sink} from '../server/sink.js';
import {answerSchema, fillSchema, isSideTask} from './structured.js';
import {shellCall} from './tools.js';
import {issueTurnState} from './turn-state.js';

/** One request for a response, whichever way it came. */
export interface Turn {
  backend: Backend;
  account: SimulatedAccount;
  record: RecordedRequest;
  /** the body, or the frame */
  request: JsonObject;
  /** the whole conversation that the response goes on from */
  input: JsonObject[];
  /** the items of `input` that came with this request */
  newInput: JsonObject[];
}

/** A response that was given, for the turns that build on it. */
export interface FinishedTurn {
  responseId: string;
  input: JsonObject[];
}

/**
 * Answers a turn: meets the account's script on the way, streams reasoning and then a message or a tool call.
 * @returns what a later turn may build on, or null when it did not come to its end
 */
export async function runTurn(turn: Turn, sink: Sink): Promise<FinishedTurn | null> {
  const {backend, account, record} = turn;
  if (asksForCompaction(turn.input)) record.route = 'compact';
  if (isSideTask(turn.request)) record.route = 'side';
  const ordinal = account.responseRequests + 1;
  if (record.route !== 'side') account.responseRequests = ordinal;
  try {
    return await answer(turn, sink, ordinal);
  } catch (error) {
    if (error instanceof ClientGone) {
      backend.log.end(record, null, 'aborted');
      return null;
    }
    // a mistake in a test's answer function should be seen where the test looks
    const failure = apiError(500, 'simulator_failure', String(error), 'server_error');
    backend.log.end(record, failure.status, failure.label);
    sink.fail(failure, {});
    return null;
  }
}

async function answer(turn: Turn, sink: Sink, ordinal: number): Promise<FinishedTurn | null> {
  const {backend, account, record} = turn;
  // side tasks come at any moment: they meet no rule that is meant for the user's thread
  const side = record.route === 'side';
  const meets = (place: Place): Promise<boolean> | false =>
    side === (place === 'side') && disturb(turn, sink, place, ordinal);
  if ((await meets('side')) || (await meets('request'))) return null;
  const foreign = backend.enforceEncryptedContent ? findForeignContent(turn.newInput, account.name) : null;
  if (foreign !== null) {
    const error = invalidEncryptedContent(foreign);
    sink.fail(error, rateLimitHeaders(account.usage));
    backend.log.end(record, error.status, error.label);
    return null;
  }

  const responseId = newId('resp');
  const output = compose(turn, responseId);
  account.use();
  const pace = async (event: JsonObject): Promise<void> => {
    if (account.eventDelayMs > 0) await sleep(account.eventDelayMs);
    await sink.send(event);
  };
  sink.begin({...responseHeaders(turn), ...rateLimitHeaders(account.usage)});
  record.responseId = responseId;
  const response = {
    id: responseId,
    object: 'response',
    model: turn.request['model'],
    status: 'in_progress',
    output: [],
  };
  await pace({type: 'response.created', response});
  await pace(rateLimitEvent(account.usage));
  if (await meets('created')) return null;
  let begun = false;
  for (const event of output.events) {
    await pace(event);
    if (begun || !isOutput(event)) continue;
    begun = true;
    if (await meets('output')) return null;
  }
  if (await meets('end')) return null;
  const usage = countTokens(turn.input, output.items);
  await pace({
    type: 'response.completed',
    response: {...response, status: 'completed', output: output.items, usage},
  });
  backend.log.end(record, 200, 'answered');
  sink.finish();
  return {responseId, input: [...turn.input, ...output.items]};
}

/** What a client shows or acts upon: the model's words, or a call. */
function isOutput(event: JsonObject): boolean {
  if (event['type'] === 'response.output_text.delta') return true;
  const {item} = event;
  return (
    event['type'] === 'response.output_item.added' && isObject(item) && /_call$/.test(String(item['type']))
  );
}

function responseHeaders(turn: Turn): Record<string, string> {
  return {
    'x-codex-turn-state': issueTurnState(turn.account.name, turn.record.threadId),
    'openai-model': String(turn.request['model']),
    'x-request-id': newId('req'),
  };
}

function compose(turn: Turn, responseId: string): {items: JsonObject[]; events: JsonObject[]} {
  const {account, backend, request, input} = turn;
  if (asksForCompaction(input)) {
    const item = compactionItem(input, account, responseId);
    return {items: [item], events: itemEvents(item, 0)};
  }
  const prompt = readPrompt(input, request, account.name);
  const next = isSideTask(request)
    ? {text: 'Simulated task'}
    : (backend.answer(prompt) ?? answerFromPrompt(prompt));
  const reasoning = reasoningItem(
    sealContent({account: account.name, kind: 'reasoning', responseId, toolOutputs: []}),
  );
  if ('command' in next) {
    const call = shellCall(next.command, request, input);
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

/**
 * Lets the account's script act on a turn.
 * @returns true when the response ended by it
 */
export async function disturb(turn: Turn, sink: Sink, place: Place, ordinal: number): Promise<boolean> {
  const {account, backend, record} = turn;
  for (const disturbance of account.script.take(place, record, ordinal)) {
    switch (disturbance.kind) {
      case 'hold':
        await disturbance.pass(record);
        continue;
      case 'error':
        disturbance.affect?.(account.usage);
        backend.log.end(record, disturbance.status, disturbance.label);
        sink.fail(disturbance, rateLimitHeaders(account.usage));
        return true;
      case 'drop':
        backend.log.end(record, null, 'dropped');
        sink.drop();
        return true;
      case 'close':
        backend.log.end(record, null, `closed ${disturbance.code}`);
        sink.close(disturbance.code, disturbance.reason);
        return true;
    }
  }
  return false;
}

/** A rough count, so that clients have numbers to show: four characters make a token. */
function countTokens(input: JsonObject[], output: JsonObject[]): JsonObject {
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
