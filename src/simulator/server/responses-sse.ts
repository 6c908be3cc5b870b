import type {ServerResponse} from 'node:http';
import {apiError, previousResponseNotFound, type ErrorAnswer} from '../model/disturbances.js';
import type {Backend} from './backend.js';
import type {SimulatedAccount} from '../account/account.js';
import type {Exchange} from './exchange.js';
import {isObject, objectsAt, stringAt, type JsonObject} from './json.js';
import {rateLimitHeaders} from '../account/rate-limits.js';
import {ClientGone, type Sink} from './sink.js';
import {runTurn} from '../model/turn.js';
import {checkTurnState} from '../model/turn-state.js';

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
  await runTurn({backend, account, record, request, input, newInput: input}, new SseSink(exchange));
}

function refuse(request: JsonObject, exchange: Exchange, account: SimulatedAccount): ErrorAnswer | null {
  // nothing is stored on the server, so there is no earlier response to go on from
  const previous = stringAt(request, 'previous_response_id');
  if (previous !== null) return previousResponseNotFound(previous);
  return checkTurnState(exchange.request.headers['x-codex-turn-state'], account.name);
}

class SseSink implements Sink {
  private readonly response: ServerResponse;

  constructor(private readonly exchange: Exchange) {
    this.response = exchange.response;
  }

  begin(headers: Record<string, string>): void {
    this.response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      ...headers,
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
    const cause = isObject(error.body['error'])
      ? error.body['error']
      : {code: error.label, message: error.label};
    const failed = {
      type: 'response.failed',
      response: {
        id: this.exchange.record.responseId,
        object: 'response',
        status: 'failed',
        error: {code: cause['code'] ?? cause['type'], message: cause['message']},
      },
    };
    this.response.end(`event: response.failed\ndata: ${JSON.stringify(failed)}\n\n`);
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
