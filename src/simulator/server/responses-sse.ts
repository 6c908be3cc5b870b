import type {ServerResponse} from 'node:http';

import {isObject, objectsAt, stringAt, type JsonObject} from '../account/json.js';
import {rateLimitHeaders} from '../account/rate-limits.js';
import type {ErrorAnswer} from '../model/disturbances.js';
import {apiError, previousResponseNotFound, terminalEvent} from '../model/error-answers.js';
import {newId} from '../model/items.js';
import {runTurn} from '../model/run-turn.js';
import type {SimulatedAccount} from '../model/simulated-account.js';
import {ClientGone, type Sink, type Turn} from '../model/turn.js';
import type {Backend} from './backend.js';
import type {Exchange} from './exchange.js';
import {checkTurnState, issueTurnState} from './turn-state.js';

/** POST responses: the whole conversation in, a stream of events out. */
export async function answerOverSse(
  backend: Backend,
  exchange: Exchange,
  account: SimulatedAccount,
): Promise<void> {
  const {record} = exchange;
  record.transport = 'sse';
  const request = record.body;
  const refusal = isObject(request)
    ? refuse(request, exchange, account)
    : apiError(400, 'invalid_json', 'Not JSON.');
  if (!isObject(request) || refusal !== null) {
    exchange.error(refusal ?? apiError(400, 'invalid_json', 'Not JSON.'), rateLimitHeaders(account.usage));
    return;
  }
  const input = objectsAt(request, 'input');
  const end: Turn['end'] = (status, outcome) => exchange.log.end(record, status, outcome);
  const turn: Turn = {rules: backend, account, record, request, input, newInput: input, end};
  await runTurn(turn, new SseSink(exchange, turn));
}

function refuse(request: JsonObject, exchange: Exchange, account: SimulatedAccount): ErrorAnswer | null {
  // nothing is stored on the server, so there is no earlier response to go on from
  const previous = stringAt(request, 'previous_response_id');
  if (previous !== null) return previousResponseNotFound(previous);
  return checkTurnState(exchange.request.headers['x-codex-turn-state'], account.name);
}

class SseSink implements Sink {
  private readonly response: ServerResponse;

  constructor(
    private readonly exchange: Exchange,
    private readonly turn: Turn,
  ) {
    this.response = exchange.response;
  }

  begin(): void {
    const {account, record, request} = this.turn;
    this.response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-codex-turn-state': issueTurnState(account.name, record.threadId),
      'openai-model': String(request['model']),
      'x-request-id': newId('req'),
      ...rateLimitHeaders(account.usage),
    });
  }

  /** Waits until the event is in the system's hands: a drop that follows takes nothing of it away. */
  send(event: JsonObject): Promise<void> {
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new ClientGone());
      if (this.response.destroyed) {
        gone();
        return;
      }
      this.response.once('close', gone);
      this.response.write(`event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`, (error) => {
        this.response.off('close', gone);
        if (error) gone();
        else resolve();
      });
    });
  }

  fail(error: ErrorAnswer, headers: Record<string, string>): void {
    if (!this.response.headersSent) {
      this.exchange.error(error, headers);
      return;
    }
    const event = terminalEvent(error, this.exchange.record.responseId);
    this.response.end(`event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  drop(): void {
    this.exchange.drop();
  }

  close(): void {
    this.exchange.drop();
  }

  finish(): void {
    this.response.end();
  }
}
