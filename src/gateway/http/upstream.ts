import type {Readable} from 'node:stream';

import {Agent, errors} from 'undici';

import type {RawHeaders} from './headers.js';

/** How much longer than its first byte a stream may pause between two bytes: models think. */
export const IDLE_FACTOR = 2.5;

/** However lively it is, no request takes longer. */
export const TOTAL_TIMEOUT_MS = 60 * 60_000;

/** Tokens and turn states make headers longer than Node's 16 KiB allow for. */
export const MOST_HEADER_BYTES = 128 * 1024;

/** The backend's answer, its body as it comes: compressed where the backend compressed it. */
export type UpstreamResponse = {status: number; headers: RawHeaders; body: Readable};

/** Pooled HTTP connections to the backend. */
export class Upstream {
  private readonly agent: Agent;

  /**
   * @param timeoutMs until the answer's headers.
   * @param trust certificates to trust, for WebSockets as well; null for Node's own.
   */
  constructor(
    timeoutMs: number,
    readonly trust: {ca: string[]} | null = null,
  ) {
    this.agent = new Agent({
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs * IDLE_FACTOR,
      connect: {timeout: Math.min(timeoutMs, 30_000), ...trust},
      keepAliveTimeout: 30_000,
      pipelining: 1,
      maxHeaderSize: MOST_HEADER_BYTES,
    });
  }

  /** @param path with the query. */
  async request(options: {
    base: string;
    path: string;
    method: string;
    headers: RawHeaders;
    body: Buffer | null;
    signal: AbortSignal;
  }): Promise<UpstreamResponse> {
    const {base, path, method, headers, body, signal} = options;
    const {origin, pathname} = new URL(base);
    const answer = await this.agent.request({
      origin,
      path: `${pathname.replace(/\/+$/, '')}${path}`,
      method: method,
      headers,
      body: body === null || body.length === 0 ? null : body,
      signal,
      responseHeaders: 'raw',
    });
    return {
      status: answer.statusCode,
      // With 'raw' names and values come in turn; the library's types do not know it.
      headers: answer.headers as unknown as RawHeaders,
      body: answer.body,
    };
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

/** Whether the backend was reached but was too slow. */
export function isTimeout(error: unknown): boolean {
  return error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
}
