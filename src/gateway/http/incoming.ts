import type {IncomingMessage, ServerResponse} from 'node:http';

import {readUpTo} from '../../files/bounded-read.js';
import type {Refusal} from '../turns/refusal.js';
import {MOST_BODY_BYTES} from '../turns/request-body.js';

/** Reads a request's body to its end. @returns null when it is larger than may be held. */
export async function readBody(request: IncomingMessage, most = MOST_BODY_BYTES): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > most) return null;
  const {chunks, size, ended} = await readUpTo(request, most);
  if (!ended) return null;
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size);
}

/** Answers with a body of the gateway's own. */
export function sendRefusal(response: ServerResponse, {status, body, headers}: Refusal): void {
  sendJson(response, status, body, headers);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
