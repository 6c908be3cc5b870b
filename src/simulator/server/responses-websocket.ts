import type {IncomingMessage} from 'node:http';

import type {WebSocket} from 'ws';

import {isObject, objectsAt, parseJson, stringAt, type JsonObject} from '../account/json.js';
import {rateLimitHeaders} from '../account/rate-limits.js';
import type {ErrorAnswer} from '../model/disturbances.js';
import {apiError, previousResponseNotFound, terminalEvent} from '../model/error-answers.js';
import {newId} from '../model/items.js';
import type {RecordedRequest} from '../model/recorded-request.js';
import {disturb, runTurn} from '../model/run-turn.js';
import type {SimulatedAccount} from '../model/simulated-account.js';
import {isSideTask} from '../model/structured.js';
import {ClientGone, type FinishedTurn, type Sink, type Turn} from '../model/turn.js';
import {authenticate, type Backend} from './backend.js';
import {checkTurnState} from './turn-state.js';

/** A WebSocket on which a client asks for one response after the other. */
export class ResponsesConnection {
  /** what the connection remembers: a later turn may name any response given here */
  private readonly finished = new Map<string, FinishedTurn>();
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly backend: Backend,
    private readonly socket: WebSocket,
    private readonly upgrade: {request: IncomingMessage; record: RecordedRequest; account: SimulatedAccount},
  ) {
    socket.on('message', (data) => {
      // one response at a time, in the order asked for
      const text = Buffer.isBuffer(data) ? data.toString('utf8') : '';
      const record = this.log(parseJson(text));
      this.queue = this.queue.then(() => this.answer(record));
    });
    // a client that vanishes is noticed where its next event is sent
    socket.on('error', () => socket.terminate());
  }

  private log(body: unknown): RecordedRequest {
    const {record, account} = this.upgrade;
    const prewarm = isObject(body) && body['generate'] === false;
    return this.backend.log.add({
      transport: 'websocket',
      scheme: record.scheme,
      route: prewarm ? 'prewarm' : 'responses',
      method: stringAt(body, 'type') ?? 'unknown',
      path: record.path,
      query: record.query,
      headers: record.headers,
      account: account.name,
      threadId: record.threadId ?? stringAt(body, 'prompt_cache_key'),
      connection: record.connection,
      body,
    });
  }

  private async answer(record: RecordedRequest): Promise<void> {
    const sink = new WebSocketSink(this.socket, () => this.backend.log.end(record, null, 'aborted'));
    const turn = this.prepare(record);
    if ('kind' in turn) {
      this.backend.log.end(record, turn.status, turn.label);
      sink.fail(turn, rateLimitHeaders(this.upgrade.account.usage));
      return;
    }
    if (await disturb(turn, sink, 'every')) return;
    const finished = record.route === 'prewarm' ? await this.prewarm(turn, sink) : await runTurn(turn, sink);
    if (finished !== null) this.finished.set(finished.responseId, finished);
  }

  private prepare(record: RecordedRequest): Turn | ErrorAnswer {
    const {account, request} = this.upgrade;
    const {body} = record;
    if (!isObject(body) || body['type'] !== 'response.create') {
      return apiError(400, 'invalid_request', 'A frame of the type response.create was expected.');
    }
    // a login may have ended since the upgrade; that its token has expired meanwhile does not matter
    const still = authenticate(this.backend, request.headers);
    if ('kind' in still && still.label !== 'token_expired') return still;
    const foreign = checkTurnState(turnStateOf(body), account.name);
    if (foreign !== null) return foreign;
    const newInput = objectsAt(body, 'input');
    const previous = stringAt(body, 'previous_response_id');
    const known = previous === null ? null : this.finished.get(previous);
    if (previous !== null && known === undefined) return previousResponseNotFound(previous);
    const input = [...(known?.input ?? []), ...newInput];
    const end: Turn['end'] = (status, outcome) => this.backend.log.end(record, status, outcome);
    return {rules: this.backend, account, record, request: body, input, newInput, end};
  }

  /** generate:false only readies the connection: a response without output, which the first turn names. */
  private async prewarm(turn: Turn, sink: Sink): Promise<FinishedTurn | null> {
    const place = isSideTask(turn.request) ? 'side' : 'prewarm';
    if (await disturb(turn, sink, place)) return null;
    const response = {id: newId('resp'), object: 'response', model: turn.request['model'], output: []};
    turn.record.responseId = response.id;
    try {
      await sink.send({type: 'response.created', response: {...response, status: 'in_progress'}});
      await sink.send({
        type: 'response.completed',
        response: {...response, status: 'completed', usage: null},
      });
    } catch (error) {
      if (!(error instanceof ClientGone)) throw error;
      return null;
    }
    turn.end(200, 'answered');
    return {responseId: response.id, input: turn.input};
  }
}

function turnStateOf(frame: JsonObject): unknown {
  const metadata = frame['client_metadata'];
  return isObject(metadata) ? metadata['x-codex-turn-state'] : undefined;
}

function errorFrame(error: ErrorAnswer, headers: Record<string, string>): JsonObject {
  if (error.terminal !== undefined) return terminalEvent(error, null);
  const {frameStatus = 'status', status, body} = error;
  const named = frameStatus === 'none' ? {} : {[frameStatus]: status};
  const {detail} = body;
  // A bare text is put into the shape that all frames have.
  const told = typeof detail === 'string' ? {error: {type: 'invalid_request_error', message: detail}} : body;
  return {type: 'error', ...named, ...told, headers};
}

class WebSocketSink implements Sink {
  constructor(
    private readonly socket: WebSocket,
    private readonly aborted: () => void,
  ) {
    socket.once('close', aborted);
  }

  begin(): void {
    // a WebSocket's headers went out with the upgrade
  }

  send(event: JsonObject): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.send(JSON.stringify(event), (error) => {
        if (error) reject(new ClientGone());
        else resolve();
      });
    });
  }

  fail(error: ErrorAnswer, headers: Record<string, string>): void {
    this.socket.send(JSON.stringify(errorFrame(error, {...headers, ...error.headers})));
    this.finish();
  }

  drop(): void {
    this.socket.terminate();
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  finish(): void {
    this.socket.off('close', this.aborted);
  }
}
