import type {IncomingMessage} from 'node:http';

import type WebSocket from 'ws';

import {windowsFromEvent, windowsFromHeaders} from '../../codex/usage/rate-limits.js';
import {asRecord, asText} from '../../files/json-values.js';
import {messageOf} from '../../errors/errors.js';
import type {Outcome} from '../../contract/index.js';
import {threadOfHeaders} from '../turns/affinity.js';
import {Attempts, type Step} from '../turns/attempts.js';
import type {Lease} from '../pool/credentials.js';
import {type Refusal, refusal} from '../turns/refusal.js';
import {adapt, frameTurnState} from '../turns/sanitize.js';
import type {GatewayContext} from '../http/server-context.js';
import {type StreamEvent, phaseOf} from '../http/sse.js';
import {IDLE_FACTOR, TOTAL_TIMEOUT_MS} from '../../codex/backend/timeouts.js';
import {type UpstreamSocket, connectUpstream} from './connect.js';
import {closeLike, sendOn} from './flow.js';
import {frameOutcome, peek} from './frames.js';
import {Turn} from './turn.js';

/** "Service restart": makes Codex connect again and send its whole turn, without a word to the user. */
const RECONNECT = 1012;

/** Frames of the client that wait for an earlier one; more than a client in order ever has. */
const MOST_WAITING = 8;

/** One client's WebSocket and the backend's behind it, which may be exchanged for another account's between turns. */
export class WebSocketSession {
  private readonly thread: string | null;
  private readonly gone = new AbortController();
  private turn: Turn | null = null;
  /** The last pre-warm that was answered, and where: only there is its id known. */
  private prewarmed: {id: string; socket: WebSocket} | null = null;
  /** Set while a failure is dealt with; frames of the backend wait. */
  private held: {data: Buffer; binary: boolean}[] | null = null;
  /** How the backend's socket closed meanwhile. */
  private closedMeanwhile: {socket: WebSocket; code: number; reason: Buffer} | null = null;
  private queue: Promise<void> = Promise.resolve();
  private waiting = 0;
  private idle: NodeJS.Timeout | undefined;
  private draining = false;

  constructor(
    private readonly context: GatewayContext,
    private readonly client: WebSocket,
    private readonly upgrade: {request: IncomingMessage; path: string},
    private upstream: UpstreamSocket,
    private readonly onEnd: () => void,
  ) {
    this.thread = threadOfHeaders(upgrade.request.headers);
    client.on('message', (data, binary) => this.enqueue(data as Buffer, binary));
    client.on('error', () => client.terminate());
    client.once('close', (code: number) => this.onClientClose(code));
    this.attach(upstream);
  }

  get busy(): boolean {
    return this.turn !== null || this.waiting > 0;
  }

  /** Lets the turn under way finish, then has the client connect anew. */
  drain(): void {
    this.draining = true;
    if (!this.busy) this.client.close(RECONNECT, 'gateway restart');
  }

  terminate(): void {
    this.client.terminate();
    this.upstream.socket.terminate();
  }

  private attach(upstream: UpstreamSocket): void {
    const {socket} = upstream;
    socket.on('message', (data, binary) => {
      if (this.upstream.socket === socket) this.fromUpstream(data as Buffer, binary);
    });
    socket.once('close', (code: number, reason: Buffer) => {
      if (this.upstream.socket === socket) this.onUpstreamClose(code, reason);
    });
    socket.resume();
  }

  private enqueue(data: Buffer, binary: boolean): void {
    this.waiting += 1;
    if (this.waiting > MOST_WAITING) this.client.pause();
    this.queue = this.queue
      .then(() => this.fromClient(data, binary))
      .catch((error: unknown) => this.breakOff(error))
      .finally(() => {
        this.waiting -= 1;
        if (this.client.isPaused && this.waiting <= MOST_WAITING) this.client.resume();
      });
  }

  private async fromClient(data: Buffer, binary: boolean): Promise<void> {
    if (this.client.readyState !== this.client.OPEN) return;
    if (peek(data).type !== 'response.create') {
      sendOn(this.upstream.socket, data, binary, this.client);
      return;
    }
    if (this.draining) {
      this.client.close(RECONNECT, 'gateway restart');
      return;
    }
    await this.begin(new Turn(data, binary));
  }

  private async begin(turn: Turn): Promise<void> {
    this.endTurn(null, 'overtaken');
    this.turn = turn;
    const thread = this.thread ?? (await turn.body.text('prompt_cache_key'));
    const {name} = this.upstream.lease;
    turn.attempts = new Attempts(this.context, {
      thread,
      body: turn.body,
      signal: this.gone.signal,
      holder: name,
    });
    // The account may have run out, or the thread may have moved, since the connection was opened.
    const choice = await turn.attempts.first();
    if (!('name' in choice)) this.refuse(choice);
    else if (choice.name === name) await this.send(turn);
    else await this.moveTo(turn, choice);
  }

  /** Sends the turn's request on the backend's socket that there is now. */
  private async send(turn: Turn): Promise<void> {
    const {affinity, pool, turnStates} = this.context;
    const {socket, lease} = this.upstream;
    const thread = this.thread ?? (await turn.body.text('prompt_cache_key'));
    const {payload, left} = await adapt(turn.body, {
      account: lease.name,
      memory: affinity.get(thread),
      turnStates,
      stripAll: turn.stripAll,
      dropPrevious: turn.previous !== null && this.isForeignPrewarm(turn.previous),
    });
    turn.left = left;
    turn.leave();
    turn.leave = pool.enter(lease.name);
    pool.attempted(lease.name, Date.now());
    this.startIdleTimer();
    sendOn(socket, payload, turn.binary, null);
  }

  private fromUpstream(data: Buffer, binary: boolean): void {
    if (this.held) {
      this.held.push({data, binary});
      return;
    }
    const {turn} = this;
    const event = peek(data);
    const phase = phaseOf(event.type);
    if (phase === 'usage') this.context.pool.learn(this.upstream.lease.name, windowsFromEvent(event.json()));
    if (turn === null) {
      this.toClient(data, binary);
      return;
    }
    this.idle?.refresh();
    if (phase === 'failed') {
      this.held = [];
      const dealtWith = turn.output
        ? this.failedLate(turn, {data, binary}, event)
        : this.recover(turn, {data, binary}, event);
      dealtWith.then(
        () => this.releaseHeld(),
        (error: unknown) => this.breakOff(error),
      );
      return;
    }
    if (phase === 'preamble') {
      if (event.type === 'response.created') turn.created = true;
      this.context.turnStates.issued(frameTurnState(data) ?? undefined, this.upstream.lease.name);
    }
    if ((phase === 'output' || phase === 'completed') && !turn.output) this.answered(turn);
    this.toClient(data, binary);
    if (phase === 'completed') this.completed(turn, event);
  }

  private answered(turn: Turn): void {
    const {lease} = this.upstream;
    turn.output = true;
    this.context.events.firstByte(lease.name, (Date.now() - turn.startedAtMs) / 1000);
    if (!turn.prewarm) turn.attempts.settle(lease, turn.left);
    this.context.pool.succeeded(lease.name, turn.startedAtMs);
  }

  private completed(turn: Turn, event: StreamEvent): void {
    if (turn.prewarm && turn.isEmpty) {
      const id = asText(asRecord(event.json()?.['response'])?.['id']);
      this.prewarmed = id === null ? null : {id, socket: this.upstream.socket};
    }
    this.endTurn(200);
  }

  /** The request failed before any output: decides by the verdict what the client gets to see of it. */
  private async recover(
    turn: Turn,
    frame: {data: Buffer; binary: boolean},
    event: StreamEvent,
  ): Promise<void> {
    const {lease} = this.upstream;
    const outcome = frameOutcome(event.json());
    this.stopIdleTimer();
    this.context.pool.learn(lease.name, windowsFromHeaders(outcome.headers ?? {}), outcome.headers);
    const step = await turn.attempts.after(lease, {kind: 'answer', outcome});
    await this.follow(turn, step, frame, outcome);
  }

  /**
   * The request failed after output had begun. Codex ends the turn on a quota; a connection that is lost makes it
   * ask again by itself, which then meets another account.
   */
  private async failedLate(
    turn: Turn,
    frame: {data: Buffer; binary: boolean},
    event: StreamEvent,
  ): Promise<void> {
    const outcome = frameOutcome(event.json());
    const goesOn = await turn.attempts.noteTooLate(this.upstream.lease, outcome);
    if (!goesOn) this.toClient(frame.data, frame.binary);
    this.endTurn(outcome.status ?? null, 'failed after output began');
    if (goesOn) this.client.close(RECONNECT, 'account switch');
  }

  private releaseHeld(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const each of held) this.fromUpstream(each.data, each.binary);
    const closed = this.closedMeanwhile;
    this.closedMeanwhile = null;
    if (closed?.socket === this.upstream.socket) this.onUpstreamClose(closed.code, closed.reason);
  }

  private async follow(
    turn: Turn,
    step: Step,
    frame: {data: Buffer; binary: boolean},
    outcome: Outcome,
  ): Promise<void> {
    const {lease, socket} = this.upstream;
    switch (step.kind) {
      case 'pass':
        this.toClient(frame.data, frame.binary);
        this.endTurn(outcome.status ?? null);
        return;
      case 'refuse':
        this.refuse(step.refusal);
        return;
      case 'again':
        turn.stripAll = step.strip;
        if (step.lease.accessToken === lease.accessToken && socket.readyState === socket.OPEN) {
          await this.send(turn);
          return;
        }
        await this.moveTo(turn, step.lease);
        return;
      case 'next':
        await this.moveTo(turn, step.lease);
    }
  }

  /**
   * Goes on with another connection to the backend. A request that builds on what the present one remembers, or whose
   * response the client has been told of, cannot go there by itself: the client is made to send it anew and whole.
   */
  private async moveTo(turn: Turn, lease: Lease): Promise<void> {
    const standsAlone = turn.previous === null || this.prewarmed?.id === turn.previous;
    if (!standsAlone || turn.created) {
      this.askToResend();
      return;
    }
    const {request, path} = this.upgrade;
    const upgrade = {request, path, signal: this.gone.signal};
    const connected = await connectUpstream(this.context, upgrade, turn.attempts, lease);
    if (connected.kind === 'open') {
      const before = this.upstream.socket;
      this.upstream = connected.upstream;
      this.held = null;
      before.close();
      this.attach(connected.upstream);
      await this.send(turn);
    } else if (connected.kind === 'refuse') {
      this.refuse(connected.refusal);
    } else {
      const {status} = connected.refused;
      const message = `The backend refused the connection with ${status}.`;
      this.refuse(refusal(status, 'upstream_refused', message));
    }
  }

  private askToResend(): void {
    const error = {
      type: 'invalid_request_error',
      code: 'websocket_connection_limit_reached',
      message: 'This connection cannot go on. Create a new one.',
    };
    this.toClient(Buffer.from(JSON.stringify({type: 'error', status: 400, error})), false);
    this.endTurn(400, 'the client was asked to send the whole turn');
    this.client.close(RECONNECT, 'account switch');
  }

  private refuse({status, body}: Refusal): void {
    this.toClient(Buffer.from(JSON.stringify({type: 'error', status, ...body})), false);
    this.endTurn(status, 'answered by the gateway');
  }

  private toClient(data: Buffer, binary: boolean): void {
    sendOn(this.client, data, binary, this.upstream.socket);
  }

  private endTurn(status: number | null, note?: string): void {
    const {turn} = this;
    if (!turn) return;
    this.turn = null;
    this.stopIdleTimer();
    turn.leave();
    this.context.events.served({
      transport: 'websocket',
      what: turn.prewarm ? 'prewarm' : 'turn',
      thread: this.thread,
      account: this.upstream.lease.name,
      status,
      durationMs: Date.now() - turn.startedAtMs,
      ...(note === undefined ? {} : {note}),
    });
    if (this.draining) this.client.close(RECONNECT, 'gateway restart');
  }

  private onClientClose(code: number): void {
    this.gone.abort(new Error('the client went away'));
    const {socket} = this.upstream;
    if (this.turn === null) closeLike(socket, code, '');
    else socket.terminate();
    this.endTurn(null, 'the client went away');
    this.onEnd();
  }

  private onUpstreamClose(code: number, reason: Buffer): void {
    if (this.held) {
      this.closedMeanwhile = {socket: this.upstream.socket, code, reason};
      return;
    }
    this.endTurn(null, `the backend closed the connection (${code})`);
    closeLike(this.client, code, reason);
  }

  private breakOff(error: unknown): void {
    if (!this.gone.signal.aborted) this.context.events.problem(messageOf(error));
    this.endTurn(null, 'the gateway failed');
    this.client.close(RECONNECT, 'gateway error');
    this.upstream.socket.terminate();
  }

  private isForeignPrewarm(id: string): boolean {
    return this.prewarmed?.id === id && this.prewarmed.socket !== this.upstream.socket;
  }

  private startIdleTimer(): void {
    this.stopIdleTimer();
    const {requestTimeoutMs} = this.context.config;
    const ms = Math.min(requestTimeoutMs * IDLE_FACTOR, TOTAL_TIMEOUT_MS);
    this.idle = setTimeout(() => {
      // A client that does not read holds the backend back; that is not the backend's silence.
      if (this.upstream.socket.isPaused) this.idle?.refresh();
      else this.upstream.socket.terminate();
    }, ms);
  }

  private stopIdleTimer(): void {
    clearTimeout(this.idle);
    this.idle = undefined;
  }
}
