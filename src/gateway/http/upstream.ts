import type {Readable} from 'node:stream';

import {errors} from 'undici';

import type {BackendConnection} from '../../codex/backend/connection.js';
import {IDLE_FACTOR} from '../../codex/backend/timeouts.js';
import type {RawHeaders} from './headers.js';

/** The backend's answer, its body as it comes: compressed where the backend compressed it. */
export type UpstreamResponse = {status: number; headers: RawHeaders; body: Readable};

/** HTTP requests to the backend. */
export class Upstream {
  /** @param timeoutMs until the first sign of the answer's headers; all of them may take 2.5 times as long. */
  constructor(
    private readonly timeoutMs: number,
    readonly connection: BackendConnection,
  ) {}

  /** @param path with the query. */
  async request(options: {
    /** Of the account that it is made for; null for the client's own. */
    home: string | null;
    base: string;
    path: string;
    method: string;
    headers: RawHeaders;
    body: Buffer | null;
    signal: AbortSignal;
  }): Promise<UpstreamResponse> {
    const {home, base, path, method, headers, body, signal} = options;
    const {origin, pathname} = new URL(base);
    const {dispatcher} = await this.connection.route(home);
    // What is provisional, or a header letter by letter, would be a sign of life for ever.
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new errors.HeadersTimeoutError()),
      this.timeoutMs * IDLE_FACTOR,
    );
    const asked = dispatcher.request({
      origin,
      path: `${pathname.replace(/\/+$/, '')}${path}`,
      method: method,
      headers,
      body: body === null || body.length === 0 ? null : body,
      signal: AbortSignal.any([signal, late.signal]),
      headersTimeout: this.timeoutMs,
      bodyTimeout: this.timeoutMs * IDLE_FACTOR,
      responseHeaders: 'raw',
    });
    const answer = await asked.finally(() => clearTimeout(timer));
    return {
      status: answer.statusCode,
      // With 'raw' names and values come in turn; the library's types do not know it.
      headers: answer.headers as unknown as RawHeaders,
      body: answer.body,
    };
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

/** Whether the backend was reached but was too slow. */
export function isTimeout(error: unknown): boolean {
  return error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
}
