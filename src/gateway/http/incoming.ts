import type {IncomingMessage, ServerResponse} from 'node:http';

import {readUpTo} from '../../files/bounded-read.js';
import {type Refusal, refusal} from '../turns/refusal.js';
import {MOST_BODY_BYTES} from '../turns/request-body.js';

/** Reads a request's body to its end. @returns null when it is larger than may be held. */
export async function readBody(request: IncomingMessage, most = MOST_BODY_BYTES): Promise<Buffer | null> {
  const expected = Number(request.headers['content-length'] ?? 0);
  if (expected > most) return null;
  const {bytes, ended} = await readUpTo(request, most, expected);
  return ended ? bytes : null;
}

/** How much of what is too large is read away, and for how long, milliseconds. */
const MOST_DISCARDED_BYTES = 4 * MOST_BODY_BYTES;
const DISCARD_MS = 30_000;

/** What a request is answered whose body is larger than may be held. */
export const TOO_LARGE = refusal(
  413,
  'request_too_large',
  `The request is larger than ${MOST_BODY_BYTES / 1024 / 1024} MiB.`,
  {},
  {connection: 'close'},
);

/**
 * Answers {@link TOO_LARGE} at once, and closes when the rest has come: a connection that is closed over bytes which nobody
 * has read is reset, and the answer on it lost. A client that goes on for too long is closed upon all the same.
 */
export function refuseTooLarge(request: IncomingMessage, response: ServerResponse): void {
  let left = MOST_DISCARDED_BYTES;
  const close = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(close, DISCARD_MS);
  writeJson(response, TOO_LARGE.status, TOO_LARGE.body, TOO_LARGE.headers);
  response.once('close', close);
  request
    .on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) close();
    })
    .once('end', close)
    .resume();
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
  if (writeJson(response, status, value, headers)) response.end();
}

/** @returns false where there can be no answer any more. */
function writeJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string>,
): boolean {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return false;
  }
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.write(text);
  return true;
}
