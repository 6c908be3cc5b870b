import {type IncomingMessage, STATUS_CODES} from 'node:http';
import type {Duplex} from 'node:stream';

import {WebSocketServer} from 'ws';

import {parentOfHeaders, threadOfHeaders} from '../turns/affinity.js';
import {Attempts} from '../turns/attempts.js';
import {type RawHeaders, downstreamHeaders} from '../http/headers.js';
import type {Refusal} from '../turns/refusal.js';
import {MOST_FRAME_BYTES} from './frames.js';
import type {GatewayContext} from '../http/server-context.js';
import {stopwatch} from '../../files/clock.js';
import {type UpgradeRequest, type UpstreamSocket, connectUpstream, handshakeHeaders} from './connect.js';
import {WebSocketSession} from './session.js';

/** Opens WebSockets: first to the backend, so that its refusals are dealt with before the client's is accepted. */
export class WebSocketProxy {
  readonly sessions = new Set<WebSocketSession>();
  private readonly server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MOST_FRAME_BYTES,
    allowSynchronousEvents: false,
    clientTracking: false,
  });
  private readonly accepted = new WeakSet<Duplex>();
  private readonly extraHeaders = new WeakMap<IncomingMessage, string[]>();

  constructor(private readonly context: GatewayContext) {
    this.server.on('headers', (lines, request) => {
      lines.push(...(this.extraHeaders.get(request) ?? []));
    });
  }

  /** Whether a socket has become a client's WebSocket. */
  holds(socket: Duplex): boolean {
    return this.accepted.has(socket);
  }

  async upgrade(upgrade: UpgradeRequest, socket: Duplex, head: Buffer): Promise<void> {
    const {request, rule} = upgrade;
    const elapsedMs = stopwatch();
    const gone = new AbortController();
    const onClose = (): void => gone.abort(new Error('the client went away'));
    socket.once('close', onClose);
    const thread = threadOfHeaders(request.headers);
    const ended = (status: number | null, account: string | null, note?: string): void =>
      this.context.events.served({
        transport: 'websocket',
        what: 'upgrade',
        thread,
        account,
        status,
        durationMs: elapsedMs(),
        ...(note === undefined ? {} : {note}),
      });
    const refuse = (answer: Refusal): void => {
      writeRefusal(socket, answer);
      ended(answer.status, null, 'answered by the gateway');
    };
    try {
      const {affinity} = this.context;
      const holder = affinity.get(parentOfHeaders(request.headers))?.account ?? null;
      const attempts = new Attempts(this.context, {thread, body: null, signal: gone.signal, holder, rule});
      const end = await attempts.run((lease) => connectUpstream(this.context, upgrade, lease, gone.signal));
      if (end.kind === 'refused') {
        refuse(end.refusal);
        return;
      }
      if (end.kind === 'passed') {
        const {status, headers, body} = end.answer;
        writeResponse(socket, status, downstreamHeaders(headers), body);
        ended(status, end.lease.name);
        return;
      }
      socket.off('close', onClose);
      this.accept(upgrade, socket, head, end.value);
    } catch (error) {
      if (gone.signal.aborted) {
        ended(null, null, 'the client went away');
        return;
      }
      ended(500, null, 'the gateway failed');
      throw error;
    }
  }

  private accept(upgrade: UpgradeRequest, socket: Duplex, head: Buffer, upstream: UpstreamSocket): void {
    const {request} = upgrade;
    if (socket.destroyed) {
      upstream.socket.terminate();
      return;
    }
    const giveUp = (): void => upstream.socket.terminate();
    socket.once('close', giveUp);
    this.extraHeaders.set(request, handshakeHeaders(upstream.headers));
    this.server.handleUpgrade(request, socket, head, (client) => {
      socket.off('close', giveUp);
      this.accepted.add(socket);
      const session = new WebSocketSession(this.context, client, upgrade, upstream, () =>
        this.sessions.delete(session),
      );
      this.sessions.add(session);
    });
  }
}

/** Answers an upgrade with one of the gateway's own refusals. */
export function writeRefusal(socket: Duplex, {status, body, headers}: Refusal): void {
  const text = Buffer.from(JSON.stringify(body));
  writeResponse(
    socket,
    status,
    ['content-type', 'application/json', ...Object.entries(headers).flat()],
    text,
  );
}

function writeResponse(socket: Duplex, status: number, headers: RawHeaders, body: Buffer): void {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
  for (let n = 0; n + 1 < headers.length; n += 2) {
    if (headers[n]?.toLowerCase() !== 'content-length')
      lines.push(`${headers[n] ?? ''}: ${headers[n + 1] ?? ''}`);
  }
  lines.push(`content-length: ${body.length}`, 'connection: close', '', '');
  socket.write(lines.join('\r\n'), 'latin1');
  socket.end(body);
}
