import type {IncomingMessage, ServerResponse} from 'node:http';

import type {JsonObject} from '../account/json.js';
import {rateLimitHeaders} from '../account/rate-limits.js';
import type {ErrorAnswer} from '../model/disturbances.js';
import type {RecordedRequest} from '../model/recorded-request.js';
import type {SimulatedAccount} from '../model/simulated-account.js';
import type {RequestLog} from './request-log.js';

/** One HTTP request, its place in the log, and the ways to answer it. */
export class Exchange {
  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly record: RecordedRequest,
    readonly log: RequestLog,
  ) {
    response.once('close', () => log.end(record, null, 'aborted'));
  }

  json(status: number, body: JsonObject, headers: Record<string, string> = {}, outcome = 'answered'): void {
    this.send(status, JSON.stringify(body), {'content-type': 'application/json', ...headers}, outcome);
  }

  error(error: ErrorAnswer, headers: Record<string, string> = {}): void {
    const {status, page, label} = error;
    // What stands on the way knows no headers of the backend.
    if (page !== undefined) this.send(status, page, {'content-type': 'text/html', ...error.headers}, label);
    else this.json(status, error.body, {...headers, ...error.headers}, label);
  }

  notFound(): void {
    this.json(404, {detail: 'Not Found'}, {}, 'not found');
  }

  private send(status: number, text: string, headers: Record<string, string>, outcome: string): void {
    this.response.writeHead(status, {...headers, 'content-length': String(Buffer.byteLength(text))});
    this.log.end(this.record, status, outcome);
    this.response.end(text);
  }

  /** Destroys the connection. */
  drop(): void {
    this.log.end(this.record, null, 'dropped');
    this.request.socket.destroy();
  }
}

/**
 * Lets the account's script act on a plain request.
 * @param ordinal which response request of the account it is, from 1; default the next
 * @returns true when that answered it
 */
export async function disturbExchange(
  exchange: Exchange,
  account: SimulatedAccount,
  place: 'every' | 'request',
  ordinal?: number,
): Promise<boolean> {
  const met = await account.meet(place, exchange.record, ordinal);
  if (met === null) return false;
  if (met.kind === 'error') exchange.error(met, rateLimitHeaders(account.usage));
  else exchange.drop();
  return true;
}
