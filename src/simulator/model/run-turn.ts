import {setTimeout as sleep} from 'node:timers/promises';

import type {JsonObject} from '../account/json.js';
import {rateLimitEvent, rateLimitHeaders} from '../account/rate-limits.js';
import {asksForCompaction} from './compaction.js';
import {compose, countTokens, isOutput} from './compose.js';
import {findForeignContent} from './encrypted.js';
import {apiError, invalidEncryptedContent, unsupportedModel} from './error-answers.js';
import {newId} from './items.js';
import type {Place} from './script.js';
import {isSideTask} from './structured.js';
import {ClientGone, type FinishedTurn, type Sink, type Turn} from './turn.js';

/**
 * Answers a turn: meets the account's script on the way, streams reasoning and then a message or a tool call.
 * @returns what a later turn may build on, or null when it did not come to its end
 */
export async function runTurn(turn: Turn, sink: Sink): Promise<FinishedTurn | null> {
  const {account, record} = turn;
  if (asksForCompaction(turn.input)) record.route = 'compact';
  if (isSideTask(turn.request)) record.route = 'side';
  const ordinal = account.responseRequests + 1;
  if (record.route !== 'side') account.responseRequests = ordinal;
  try {
    return await answer(turn, sink, ordinal);
  } catch (error) {
    if (error instanceof ClientGone) {
      turn.end(null, 'aborted');
      return null;
    }
    // a mistake in a test's answer function should be seen where the test looks
    const failure = apiError(500, 'simulator_failure', String(error), 'server_error');
    turn.end(failure.status, failure.label);
    sink.fail(failure, {});
    return null;
  }
}

async function answer(turn: Turn, sink: Sink, ordinal: number): Promise<FinishedTurn | null> {
  const {rules, account, record} = turn;
  // side tasks come at any moment: they meet no rule that is meant for the user's thread
  const side = record.route === 'side';
  const meets = (place: Place): Promise<boolean> | false =>
    side === (place === 'side') && disturb(turn, sink, place, ordinal);
  if ((await meets('side')) || (await meets('request'))) return null;
  const model = String(turn.request['model']);
  if (account.models?.has(model) === false) {
    const error = unsupportedModel(model);
    sink.fail(error, rateLimitHeaders(account.usage));
    turn.end(error.status, error.label);
    return null;
  }
  const foreign = rules.enforceEncryptedContent ? findForeignContent(turn.newInput, account.name) : null;
  if (foreign !== null) {
    const error = invalidEncryptedContent(foreign);
    sink.fail(error, rateLimitHeaders(account.usage));
    turn.end(error.status, error.label);
    return null;
  }

  const responseId = newId('resp');
  const output = compose(turn, responseId);
  account.use();
  const pace = async (event: JsonObject): Promise<void> => {
    if (account.eventDelayMs > 0) await sleep(account.eventDelayMs);
    await sink.send(event);
  };
  sink.begin();
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
  for (const event of account.extraEvents) await pace(event);
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
  turn.end(200, 'answered');
  sink.finish();
  return {responseId, input: [...turn.input, ...output.items]};
}

/**
 * Lets the account's script act on a turn.
 * @param ordinal which response request of the account it is, from 1; default the next
 * @returns true when the response ended by it
 */
export async function disturb(turn: Turn, sink: Sink, place: Place, ordinal?: number): Promise<boolean> {
  const {account} = turn;
  const met = await account.meet(place, turn.record, ordinal);
  switch (met?.kind) {
    case 'error':
      turn.end(met.status, met.label);
      sink.fail(met, rateLimitHeaders(account.usage));
      return true;
    case 'drop':
      turn.end(null, 'dropped');
      sink.drop();
      return true;
    case 'close':
      turn.end(null, `closed ${met.code}`);
      sink.close(met.code, met.reason);
      return true;
    case undefined:
      return false;
  }
}
