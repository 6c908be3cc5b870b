import type WebSocket from 'ws';

import {closeLike, sendOn} from './flow.js';
import type {Frame} from './frames.js';

/** "Service restart": makes Codex connect again and send its whole turn, without a word to the user. */
const RECONNECT = 1012;

/** Frames that wait for an earlier one; more than a client in order ever has. */
const MOST_WAITING = 8;
const MOST_WAITING_BYTES = 1024 * 1024;

type ClientHandlers = {
  /** The next frame waits until this has ended. */
  onFrame: (frame: Frame) => Promise<void>;
  onFailure: (error: unknown) => void;
  onClose: (code: number) => void;
};

/** The client's side of a session. Its frames are dealt with one after the other, in the order in which they came. */
export class ClientSide {
  private queue: Promise<void> = Promise.resolve();
  private waiting = 0;
  private waitingBytes = 0;

  constructor(
    readonly socket: WebSocket,
    private readonly handlers: ClientHandlers,
  ) {
    socket.on('message', (data, binary) => this.enqueue({data: data as Buffer, binary}));
    socket.on('error', () => socket.terminate());
    socket.once('close', (code: number) => {
      try {
        handlers.onClose(code);
      } catch (error) {
        handlers.onFailure(error);
      }
    });
  }

  /** Whether a frame has come that is not dealt with yet. */
  get isWaiting(): boolean {
    return this.waiting > 0;
  }

  /** @param source what the frame came from, which is held back while the client does not keep up. */
  send(frame: Frame, source: WebSocket): void {
    sendOn(this.socket, frame, source);
  }

  /** Has the client connect anew and send what it has under way again. */
  reconnect(reason: string): void {
    this.socket.close(RECONNECT, reason);
  }

  closeLike(code: number, reason: Buffer): void {
    closeLike(this.socket, code, reason);
  }

  terminate(): void {
    this.socket.terminate();
  }

  /** One frame may have any size: while it is dealt with the client's going away is heard. */
  private get isFull(): boolean {
    return this.waiting > 1 && (this.waiting > MOST_WAITING || this.waitingBytes > MOST_WAITING_BYTES);
  }

  private enqueue(frame: Frame): void {
    this.waiting += 1;
    this.waitingBytes += frame.data.length;
    if (this.isFull) this.socket.pause();
    this.queue = this.queue
      .then(() => this.take(frame))
      .catch((error: unknown) => this.handlers.onFailure(error))
      .finally(() => {
        this.waiting -= 1;
        this.waitingBytes -= frame.data.length;
        if (this.socket.isPaused && !this.isFull) this.socket.resume();
      });
  }

  private async take(frame: Frame): Promise<void> {
    if (this.socket.readyState === this.socket.OPEN) await this.handlers.onFrame(frame);
  }
}
