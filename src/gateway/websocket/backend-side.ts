import type WebSocket from 'ws';

import type {Lease} from '../pool/credentials.js';
import type {UpstreamSocket} from './connect.js';
import {closeLike, sendOn} from './flow.js';
import type {Frame} from './frames.js';

/** While what it says has to wait the backend is not read beyond this. */
const MOST_HELD_BYTES = 1024 * 1024;

type BackendHandlers = {
  onFrame: (frame: Frame) => void;
  onClose: (code: number, reason: Buffer) => void;
  /** Dealing with what came has failed. */
  onFailure: (error: unknown) => void;
};

/**
 * The backend's side of a session: one connection at a time, which may be exchanged for another account's. What comes
 * from one that has been exchanged is not heard any more.
 */
export class BackendSide {
  /** What came since the connection was held, in order. */
  private held: {frames: Frame[]; bytes: number; closed: {code: number; reason: Buffer} | null} | null = null;
  /** The last pre-warm that was answered, and where: only there is its id known. */
  private prewarmed: {id: string; socket: WebSocket} | null = null;
  private silence: NodeJS.Timeout | undefined;

  /** @param longestSilenceMs how long an answer may pause before the connection is given up. */
  constructor(
    private present: UpstreamSocket,
    private readonly longestSilenceMs: number,
    private readonly handlers: BackendHandlers,
  ) {
    this.attach(present.socket);
  }

  get socket(): WebSocket {
    return this.present.socket;
  }

  /** The account of the connection, with the credentials that it was opened with. */
  get lease(): Lease {
    return this.present.lease;
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** @param source what the frame came from, which is held back while the backend does not keep up. */
  send(frame: Frame, source: WebSocket | null): void {
    sendOn(this.socket, frame, source);
  }

  /** Goes on with another connection. What the present one was held for is not heard any more either. */
  exchange(upstream: UpstreamSocket): void {
    const before = this.socket;
    this.present = upstream;
    this.held = null;
    before.resume();
    before.close();
    this.attach(upstream.socket);
  }

  /** Keeps back what the connection says. @returns lets it be heard, in order; once. */
  hold(): () => void {
    const held = {frames: [], bytes: 0, closed: null};
    this.held = held;
    return () => {
      if (this.held === held) this.release();
    };
  }

  /** From now on the backend owes an answer, and may not be silent for long. */
  expectAnswer(): void {
    this.expectNothing();
    this.silence = setTimeout(() => {
      // A client that does not read holds the backend back; that is not the backend's silence.
      if (this.socket.isPaused) this.silence?.refresh();
      else this.socket.terminate();
    }, this.longestSilenceMs);
  }

  /** Something of the answer has come. */
  heard(): void {
    this.silence?.refresh();
  }

  expectNothing(): void {
    clearTimeout(this.silence);
    this.silence = undefined;
  }

  /** @param id of the response to a pre-warm that held nothing; null when it is not known. */
  notePrewarm(id: string | null): void {
    this.prewarmed = id === null ? null : {id, socket: this.socket};
  }

  /** Whether a response holds nothing, so that a request which goes on from it stands alone. */
  isPrewarm(id: string): boolean {
    return this.prewarmed?.id === id;
  }

  /** Whether it is one that only an earlier connection knows. */
  isForeignPrewarm(id: string): boolean {
    return this.isPrewarm(id) && this.prewarmed?.socket !== this.socket;
  }

  closeLike(code: number): void {
    closeLike(this.socket, code, '');
  }

  terminate(): void {
    this.socket.terminate();
  }

  private attach(socket: WebSocket): void {
    socket.on('message', (data, binary) => {
      if (this.socket === socket) this.onFrame({data: data as Buffer, binary});
    });
    // One that breaks the protocol is told so and given up: it may keep its socket open for as long as it likes.
    socket.on('error', () => setImmediate(() => socket.terminate()));
    socket.once('close', (code: number, reason: Buffer) => {
      if (this.socket === socket) this.onClose(code, reason);
    });
    socket.resume();
  }

  private onFrame(frame: Frame): void {
    if (!this.held) {
      this.attend(() => this.handlers.onFrame(frame));
      return;
    }
    this.held.frames.push(frame);
    this.held.bytes += frame.data.length;
    if (this.held.bytes > MOST_HELD_BYTES) this.socket.pause();
  }

  private onClose(code: number, reason: Buffer): void {
    if (this.held) this.held.closed = {code, reason};
    else this.attend(() => this.handlers.onClose(code, reason));
  }

  /** An emitter's caller could do nothing with an error. */
  private attend(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.handlers.onFailure(error);
    }
  }

  private release(): void {
    const {frames, closed} = this.held ?? {frames: [], closed: null};
    this.held = null;
    this.socket.resume();
    for (const frame of frames) this.onFrame(frame);
    if (closed) this.onClose(closed.code, closed.reason);
  }
}
