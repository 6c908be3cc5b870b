import type WebSocket from 'ws';

import {windowsFromEvent} from '../../codex/usage/rate-limits.js';

import {messageOf} from '../../errors/index.js';
import {BodyExcess} from '../bodies/excess.js';
import {threadOfHeaders} from '../turns/affinity.js';
import {unreadableRequest} from '../turns/refusal.js';
import {RequestBody} from '../turns/request-body.js';

import type {GatewayContext} from '../http/server-context.js';
import {IDLE_FACTOR, TOTAL_TIMEOUT_MS} from '../../codex/backend/timeouts.js';
import {BackendSide} from './backend-side.js';
import {ClientSide} from './client-side.js';
import type {UpgradeRequest, UpstreamSocket} from './connect.js';
import {type Frame, errorFrame, firstType, peek} from './frames.js';
import {SessionTurn} from './turn.js';
import {TurnRequest} from './turn-request.js';

/** One client's WebSocket and the backend's behind it, which may be exchanged for another account's between turns. */
export class WebSocketSession {
  private readonly thread: string | null;
  private readonly client: ClientSide;
  private readonly backend: BackendSide;
  /** The turn under way. */
  private turn: SessionTurn | null = null;
  private draining = false;
  private clientIsGone = false;

  constructor(
    private readonly context: GatewayContext,
    client: WebSocket,
    private readonly upgrade: UpgradeRequest,
    upstream: UpstreamSocket,
    private readonly onEnd: () => void,
  ) {
    this.thread = threadOfHeaders(upgrade.request.headers);
    this.client = new ClientSide(client, {
      onFrame: (frame) => this.fromClient(frame),
      onFailure: (error) => this.breakOff(error),
      onClose: (code) => this.onClientClose(code),
    });
    const {requestTimeoutMs} = context.config;
    this.backend = new BackendSide(upstream, Math.min(requestTimeoutMs * IDLE_FACTOR, TOTAL_TIMEOUT_MS), {
      onFrame: (frame) => this.fromBackend(frame),
      onClose: (code, reason) => this.onBackendClose(code, reason),
      onFailure: (error) => this.breakOff(error),
    });
  }

  /** Lets the turn under way finish, then has the client connect anew. */
  drain(): void {
    this.draining = true;
    if (this.turn === null && !this.client.isWaiting) this.client.reconnect('gateway restart');
  }

  terminate(): void {
    this.client.terminate();
    this.backend.terminate();
  }

  private async fromClient(frame: Frame): Promise<void> {
    try {
      await this.take(frame);
    } catch (error) {
      if (!(error instanceof BodyExcess)) throw error;
      const {status, body} = unreadableRequest(error);
      this.client.send(errorFrame(status, body.error), this.backend.socket);
    }
  }

  private async take(frame: Frame): Promise<void> {
    const body = new RequestBody(frame.data);
    const type = firstType(frame) || (await body.text('type'));
    if (type !== 'response.create') {
      this.backend.send(frame, this.client.socket);
      this.leaveIfDrained();
      return;
    }
    if (this.draining) {
      this.client.reconnect('gateway restart');
      return;
    }
    const request = new TurnRequest(body, frame.binary);
    this.turn?.end(null, 'overtaken');
    const {context, client, backend, upgrade} = this;
    const thread = this.thread ?? (await body.text('promptCacheKey'));
    const onEnd = (): void => this.onTurnEnd();
    const onFailure = (error: unknown): void => this.breakOff(error);
    this.turn = new SessionTurn({context, client, backend, upgrade, thread, onEnd, onFailure}, request);
    await this.turn.begin();
  }

  private fromBackend(frame: Frame): void {
    const {context, client, backend, turn} = this;
    const event = peek(frame);
    if (event.type === 'codex.rate_limits')
      context.pool.learn(backend.lease.name, windowsFromEvent(event.json()));
    if (turn) turn.heard(frame, event);
    else client.send(frame, backend.socket);
  }

  private onTurnEnd(): void {
    this.turn = null;
    this.leaveIfDrained();
  }

  private leaveIfDrained(): void {
    if (this.draining && this.turn === null) this.client.reconnect('gateway restart');
  }

  private onClientClose(code: number): void {
    this.clientIsGone = true;
    if (this.turn === null) this.backend.closeLike(code);
    else this.backend.terminate();
    this.turn?.end(null, 'the client went away');
    this.onEnd();
  }

  private onBackendClose(code: number, reason: Buffer): void {
    this.turn?.end(null, `the backend closed the connection (${code})`);
    this.client.closeLike(code, reason);
  }

  private breakOff(error: unknown): void {
    if (!this.clientIsGone) this.context.events.problem(messageOf(error));
    this.turn?.end(null, 'the gateway failed');
    this.client.reconnect('gateway error');
    this.backend.terminate();
  }
}
