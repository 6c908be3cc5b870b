import {windowsFromHeaders} from '../../codex/usage/rate-limits.js';
import type {Outcome} from '../../contract/index.js';
import {asRecord, asText} from '../../files/json-values.js';
import {stopwatch} from '../../files/clock.js';
import {BodyExcess} from '../bodies/excess.js';
import type {Lease} from '../pool/credentials.js';
import {Attempts} from '../turns/attempts.js';
import {type Refusal, refusal, unreadableRequest} from '../turns/refusal.js';
import {MOST_EVENT_BYTES, type StreamEvent, failureOutcome, phaseOf} from '../turns/response-events.js';
import {frameTurnState} from '../turns/sanitize.js';
import type {Conclusion, Sent} from '../turns/send.js';
import type {ClientSide} from './client-side.js';
import type {UpgradeRefused} from './dial.js';
import {type Frame, RESEND, errorFrame} from './frames.js';
import type {TurnRequest} from './turn-request.js';
import {type Sending, TurnSender} from './turn-sender.js';

/** What a turn needs of the session around it. */
type TurnSurroundings = Sending & {
  client: ClientSide;
  onEnd: () => void;
  onFailure: (error: unknown) => void;
};

/** `response`: its first output has come. `over`: the turn was ended meanwhile. */
type Taken = 'response' | 'unsendable' | 'over';

/** What the client can be shown of a failure: the frame that told it, or that the connection was refused. */
type Failed = {kind: 'frame'; frame: Frame; status: number | null} | UpgradeRefused;

/** One request on a session, from the choice of an account until its response has ended. */
export class SessionTurn {
  private readonly attempts: Attempts;
  private readonly sender: TurnSender;
  private readonly startedAtMs = Date.now();
  private readonly elapsedMs = stopwatch();
  private readonly ending = new AbortController();
  /** `asked`: the backend has the request and has put nothing out yet. */
  private state: 'choosing' | 'asked' | 'answered' | 'over' = 'choosing';
  /** The client has been shown something that belongs to this one response, such as that it was created. */
  private shown = false;
  /** Ends {@link attempt}. */
  private settle: (came: Sent<Taken, Failed>) => void = () => undefined;
  /** Ends the wait of {@link begin}. */
  private sent: () => void = () => undefined;
  /** Lets the backend be heard again after a failure before any output. */
  private release: () => void = () => undefined;

  constructor(
    private readonly around: TurnSurroundings,
    private readonly request: TurnRequest,
  ) {
    const {context, backend, thread} = around;
    const {signal} = this.ending;
    // The account may have run out, or the thread may have moved, since the connection was opened.
    const holder = backend.lease.name;
    const {rule} = around.upgrade;
    this.attempts = new Attempts(context, {thread, body: request.body, signal, holder, rule});
    this.sender = new TurnSender(around, request, signal);
  }

  /** Has the request sent. Ends when the backend has it, or will not get it; never fails. */
  begin(): Promise<void> {
    const sent = new Promise<void>((resolve) => (this.sent = resolve));
    void this.guard(this.run(), () => {
      this.release();
      this.sent();
    });
    return sent;
  }

  /** Takes a frame of the backend. */
  heard(frame: Frame, event: StreamEvent): void {
    const {client, backend, context} = this.around;
    // Nothing is owed to the request yet: what comes is of an earlier one, or of none.
    const phase = this.state === 'choosing' ? null : phaseOf(event);
    backend.heard();
    if (phase === 'failed') {
      this.failed(frame, failureOutcome('websocket', event));
      return;
    }
    if (phase === 'preamble') {
      if (event.type === 'response.created') this.shown = true;
      if (frame.data.length <= MOST_EVENT_BYTES)
        context.turnStates.issued(frameTurnState(frame.data) ?? undefined, backend.lease.name);
    }
    if (phase === 'unknown') this.shown = true;
    if ((phase === 'output' || phase === 'completed') && this.state === 'asked') this.answered();
    client.send(frame, backend.socket);
    if (phase === 'completed') this.completed(event);
  }

  /** @param status as the log shows it; null when the response was cut off. */
  end(status: number | null, note?: string): void {
    if (this.isOver) return;
    this.state = 'over';
    const {context, backend, thread, onEnd} = this.around;
    this.ending.abort(new Error('the turn has ended'));
    this.settle({kind: 'taken', value: 'over'});
    this.sender.end();
    backend.expectNothing();
    context.events.served({
      transport: 'websocket',
      what: this.request.prewarm ? 'prewarm' : 'turn',
      thread,
      account: backend.lease.name,
      status,
      durationMs: this.elapsedMs(),
      ...(note === undefined ? {} : {note}),
    });
    onEnd();
  }

  private get isOver(): boolean {
    return this.state === 'over';
  }

  private async guard(work: Promise<void>, after: () => void): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (this.isOver) return;
      if (error instanceof BodyExcess) this.refuse(unreadableRequest(error));
      else this.around.onFailure(error);
    } finally {
      after();
    }
  }

  private async run(): Promise<void> {
    const conclusion = await this.attempts.run((lease, {strip}) => this.attempt(lease, strip));
    if (!this.isOver) this.conclude(conclusion);
  }

  /** Ends with the response's first output, or with a failure before any. */
  private async attempt(lease: Lease, strip: boolean): Promise<Sent<Taken, Failed>> {
    const sent = await this.sender.send(lease, {strip, shown: this.shown});
    if (sent.kind !== 'taken') return sent;
    if (sent.value === 'unsendable') return {kind: 'taken', value: 'unsendable'};
    const came = new Promise<Sent<Taken, Failed>>((resolve) => (this.settle = resolve));
    this.state = 'asked';
    this.sent();
    this.release();
    return came;
  }

  private conclude(conclusion: Conclusion<Taken, Failed>): void {
    const {client, backend} = this.around;
    if (conclusion.kind === 'refused') {
      this.refuse(conclusion.refusal);
    } else if (conclusion.kind === 'taken') {
      if (conclusion.value === 'unsendable') this.askToResend();
    } else if (conclusion.answer.kind === 'frame') {
      client.send(conclusion.answer.frame, backend.socket);
      this.end(conclusion.answer.status);
    } else {
      const {status} = conclusion.answer;
      const message = `The backend refused the connection with ${status}.`;
      this.refuse(refusal(status, 'upstream_refused', message));
    }
  }

  private answered(): void {
    const {context, backend} = this.around;
    const {lease} = backend;
    this.state = 'answered';
    context.events.firstByte(lease.name, this.elapsedMs() / 1000);
    if (!this.request.prewarm) this.attempts.settle(lease, this.sender.left);
    context.pool.succeeded(lease.name, this.startedAtMs);
    this.settle({kind: 'taken', value: 'response'});
  }

  private completed(event: StreamEvent): void {
    if (this.request.prewarm && this.request.isEmpty) {
      const id = asText(asRecord(event.json()?.['response'])?.['id']);
      this.around.backend.notePrewarm(id);
    }
    this.end(200);
  }

  /** What the backend says after a failure has to wait until it is clear what follows from it. */
  private failed(frame: Frame, outcome: Outcome): void {
    const {context, backend} = this.around;
    const release = backend.hold();
    if (this.state === 'answered') {
      void this.guard(this.failedLate(frame, outcome), release);
      return;
    }
    this.release = release;
    this.state = 'choosing';
    backend.expectNothing();
    const headers = outcome.headers ?? {};
    context.pool.learn(backend.lease.name, windowsFromHeaders(headers), headers);
    const status = outcome.status ?? null;
    this.settle({kind: 'failed', outcome, answer: {kind: 'frame', frame, status}});
  }

  /**
   * The request failed after output had begun. Codex ends the turn on a quota; a connection that is lost makes it ask
   * again by itself, which then meets another account.
   */
  private async failedLate(frame: Frame, outcome: Outcome): Promise<void> {
    const {client, backend} = this.around;
    const goesOn = await this.attempts.noteTooLate(backend.lease, outcome);
    if (this.isOver) return;
    if (!goesOn) client.send(frame, backend.socket);
    this.end(outcome.status ?? null, 'failed after output began');
    if (goesOn) client.reconnect('account switch');
  }

  private askToResend(): void {
    const {client, backend} = this.around;
    client.send(RESEND, backend.socket);
    this.end(400, 'the client was asked to send the whole turn');
    client.reconnect('account switch');
  }

  private refuse({status, body}: Refusal): void {
    const {client, backend} = this.around;
    client.send(errorFrame(status, body.error), backend.socket);
    this.end(status, 'answered by the gateway');
  }
}
