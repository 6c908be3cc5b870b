import type {IncomingMessage, ServerResponse} from 'node:http';
import type {ErrorAnswer} from '../model/disturbances.js';
import type {JsonObject} from './json.js';
import type {RecordedRequest, RequestLog} from './request-log.js';

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
    const text = JSON.stringify(body);
    this.response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      ...headers,
    });
    this.log.end(this.record, status, outcome);
    this.response.end(text);
  }

  error(error: ErrorAnswer, headers: Record<string, string> = {}): void {
    this.json(error.status, error.body, {...headers, ...error.headers}, error.label);
  }

  notFound(): void {
    this.json(404, {detail: 'Not Found'}, {}, 'not found');
  }

  /** Destroys the connection. */
  drop(): void {
    this.log.end(this.record, null, 'dropped');
    this.request.socket.destroy();
  }
}
