import type {IncomingMessage} from 'node:http';

import WebSocket from 'ws';

import {readUpTo} from '../../files/bounded-read.js';
import {type RawHeaders, pairs} from '../http/headers.js';
import {type BackendRoute, MOST_HEADER_BYTES} from '../../codex/backend/connection.js';
import {IDLE_FACTOR} from '../../codex/backend/timeouts.js';
import {MOST_BODY_BYTES} from '../turns/request-body.js';

/** How long a backend that has closed may keep its socket open, milliseconds. The library's types do not know it. */
const CLOSING = {closeTimeout: 1000};

const MOST_REFUSAL_BYTES = 1024 * 1024;

/** What came of asking the backend for a WebSocket. */
export type Dialed =
  /** `socket` is paused: attach listeners, then resume it. */
  {kind: 'open'; socket: WebSocket; headers: RawHeaders} | UpgradeRefused;

/** The backend answered with an ordinary HTTP response. */
export type UpgradeRefused = {
  kind: 'refused';
  status: number;
  headers: RawHeaders;
  body: Buffer;
  /** False where there is more of the body. */
  ended: boolean;
};

/** @throws Error when the backend cannot be reached, or the signal's reason. */
export function dial(options: {
  base: string;
  path: string;
  headers: RawHeaders;
  protocols: string[];
  timeoutMs: number;
  route: BackendRoute;
  signal: AbortSignal;
}): Promise<Dialed> {
  const {base, path, headers, protocols, timeoutMs, route, signal} = options;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = new WebSocket(`${base.replace(/^http/, 'ws').replace(/\/+$/, '')}${path}`, protocols, {
      headers: headerFields(headers),
      handshakeTimeout: timeoutMs,
      perMessageDeflate: false,
      maxPayload: MOST_BODY_BYTES,
      // One message at a time, however many have come at once.
      allowSynchronousEvents: false,
      followRedirects: false,
      ...CLOSING,
      maxHeaderSize: MOST_HEADER_BYTES,
      createConnection: route.createConnection(base),
    });
    let answer: IncomingMessage | undefined;
    const abort = (): void => {
      settle();
      socket.terminate();
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    // Letter by letter a handshake, or what is in its place, would never be too slow.
    const timer = setTimeout(() => {
      socket.terminate();
      reject(new Error('the handshake took too long'));
    }, timeoutMs * IDLE_FACTOR);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort, {once: true});
    socket.on('upgrade', (response: IncomingMessage) => (answer = response));
    socket.once('open', () => {
      settle();
      socket.pause();
      resolve({kind: 'open', socket, headers: answer?.rawHeaders ?? []});
    });
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      readRefusal(response)
        .then(resolve, reject)
        .finally(() => {
          settle();
          socket.terminate();
        });
    });
    socket.on('error', (error) => {
      settle();
      reject(error);
    });
  });
}

async function readRefusal(response: IncomingMessage): Promise<UpgradeRefused> {
  const {bytes, ended} = await readUpTo(response, MOST_REFUSAL_BYTES);
  return {
    kind: 'refused',
    status: response.statusCode ?? 502,
    headers: response.rawHeaders,
    body: bytes,
    ended,
  };
}

/** In the form that node's client takes: an object, repeated names as arrays. */
function headerFields(raw: RawHeaders): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  const seen = new Map<string, string>();
  for (const [name, value] of pairs(raw)) {
    const lower = name.toLowerCase();
    const spelled = seen.get(lower) ?? name;
    seen.set(lower, spelled);
    const before = fields[spelled];
    fields[spelled] = before === undefined ? value : [before, value].flat();
  }
  return fields;
}
