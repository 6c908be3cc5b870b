import {STATUS_CODES, type IncomingMessage} from 'node:http';
import type {Duplex} from 'node:stream';

import {WebSocketServer} from 'ws';

import {rateLimitHeaders} from '../account/rate-limits.js';
import type {ErrorAnswer} from '../model/disturbances.js';
import {errorAnswer} from '../model/error-answers.js';
import {newId} from '../model/items.js';
import type {RecordedRequest} from '../model/recorded-request.js';
import type {SimulatedAccount} from '../model/simulated-account.js';
import {authenticate, type Backend} from './backend.js';
import {ResponsesConnection} from './responses-websocket.js';
import {checkTurnState, issueTurnState} from './turn-state.js';

type UpgradeResult =
  {account: SimulatedAccount} | {error: ErrorAnswer; account: SimulatedAccount | null} | 'dropped';

/** Turns HTTP connections to the responses route into WebSockets, or refuses to. */
export class Upgrader {
  private readonly server = new WebSocketServer({noServer: true, maxPayload: 256 * 1024 * 1024});
  private readonly extraHeaders = new WeakMap<IncomingMessage, Record<string, string>>();

  constructor(private readonly backend: Backend) {
    this.server.on('headers', (lines, request) => {
      for (const [name, value] of Object.entries(this.extraHeaders.get(request) ?? {}))
        lines.push(`${name}: ${value}`);
    });
  }

  async upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    record: RecordedRequest,
  ): Promise<void> {
    const result = await this.judge(request, record);
    if (result === 'dropped') {
      this.backend.log.end(record, null, 'dropped');
      socket.destroy();
    } else if ('error' in result) {
      const {error, account} = result;
      const headers =
        account === null ? error.headers : {...rateLimitHeaders(account.usage), ...error.headers};
      this.backend.log.end(record, error.status, error.label);
      refuse(socket, error, headers);
    } else {
      this.accept(request, socket, head, record, result.account);
    }
  }

  /** Closes every WebSocket at once. */
  close(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }

  private async judge(request: IncomingMessage, record: RecordedRequest): Promise<UpgradeResult> {
    if (record.route !== 'upgrade') return {error: errorAnswer(404, {detail: 'Not Found'}), account: null};
    if (!this.backend.webSocket)
      return {error: errorAnswer(426, {detail: 'Upgrade Required'}), account: null};
    const account = authenticate(this.backend, request.headers);
    if ('kind' in account) return {error: account, account: null};
    for (const place of ['every', 'upgrade'] as const) {
      const met = await account.meet(place, record);
      if (met !== null) return met.kind === 'error' ? {error: met, account} : 'dropped';
    }
    const foreign = checkTurnState(request.headers['x-codex-turn-state'], account.name);
    return foreign === null ? {account} : {error: foreign, account};
  }

  private accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    record: RecordedRequest,
    account: SimulatedAccount,
  ): void {
    this.extraHeaders.set(request, {
      'x-codex-turn-state': issueTurnState(account.name, record.threadId),
      'x-request-id': newId('req'),
      ...rateLimitHeaders(account.usage),
    });
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      this.backend.log.end(record, 101, 'upgraded');
      new ResponsesConnection(this.backend, webSocket, {request, record, account});
    });
  }
}

function refuse(socket: Duplex, error: ErrorAnswer, headers: Record<string, string>): void {
  const body = JSON.stringify(error.body);
  const lines = Object.entries({
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}
