import type {IncomingMessage} from 'node:http';

import type WebSocket from 'ws';

import type {Outcome} from '../../contract/index.js';
import {windowsFromHeaders} from '../../codex/usage/rate-limits.js';
import type {Sent} from '../turns/send.js';
import type {Lease} from '../pool/credentials.js';
import type {AccountRule} from '../pool/account-rule.js';
import {type RawHeaders, headerRecord, upstreamHeaders} from '../http/headers.js';
import {readError} from '../http/error-answer.js';
import {networkReason} from '../../errors/index.js';
import {stopwatch} from '../../files/clock.js';
import type {GatewayContext} from '../http/server-context.js';
import {type UpgradeRefused, dial} from './dial.js';

/** A WebSocket to the backend with the account it was opened for. */
export type UpstreamSocket = {socket: WebSocket; lease: Lease; headers: RawHeaders};

/** The client's side of a WebSocket. `path` is below the base URL, with the query. */
export type UpgradeRequest = {request: IncomingMessage; path: string; rule: AccountRule | null};

/** Asks the backend for a WebSocket with `lease`, once. @throws the signal's reason. */
export async function connectUpstream(
  context: GatewayContext,
  {request, path}: UpgradeRequest,
  lease: Lease,
  signal: AbortSignal,
): Promise<Sent<UpstreamSocket, UpgradeRefused>> {
  const {config, events, pool, turnStates, upstream} = context;
  const {name} = lease;
  const elapsedMs = stopwatch();
  try {
    const dialed = await dial({
      base: config.baseUrl,
      path,
      headers: upstreamHeaders(request.rawHeaders, {
        lease,
        ownsTurnState: (value) => turnStates.belongsTo(value, name),
        without: HANDSHAKE_HEADERS,
      }),
      protocols: protocolsOf(request),
      timeoutMs: config.requestTimeoutMs,
      route: await upstream.connection.route(lease.home),
      signal,
    });
    const headers = headerRecord(dialed.headers);
    events.firstByte(name, elapsedMs() / 1000);
    pool.learn(name, windowsFromHeaders(headers), headers);
    if (dialed.kind === 'open') {
      turnStates.issued(headers['x-codex-turn-state'], name);
      return {kind: 'taken', value: {socket: dialed.socket, headers: dialed.headers, lease}};
    }
    const {status} = dialed;
    const {told, instead} = await readError(dialed);
    const outcome: Outcome = {source: 'websocket', status, headers, body: told};
    return {kind: 'failed', outcome, answer: {...dialed, ...instead}};
  } catch (error) {
    signal.throwIfAborted();
    return {kind: 'unreachable', reason: networkReason(error)};
  }
}

/** Made anew for each connection. */
const HANDSHAKE_HEADERS = [
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
  'sec-websocket-accept',
];

function protocolsOf(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}

/** The headers of the backend's handshake that the client gets with its own. */
export function handshakeHeaders(raw: RawHeaders): string[] {
  const lines: string[] = [];
  for (let n = 0; n + 1 < raw.length; n += 2) {
    const name = raw[n] ?? '';
    const lower = name.toLowerCase();
    if (lower.startsWith('sec-websocket-') || OWN_HANDSHAKE.has(lower)) continue;
    lines.push(`${name}: ${raw[n + 1] ?? ''}`);
  }
  return lines;
}

const OWN_HANDSHAKE = new Set([
  'connection',
  'upgrade',
  'date',
  'content-length',
  'transfer-encoding',
  'keep-alive',
]);
