import type {ErrorAnswer} from '../model/disturbances.js';
import type {JsonObject} from './json.js';

/** Where a response goes: an SSE stream or a WebSocket. */
export interface Sink {
  /** Headers of the response; a WebSocket has sent its own with the upgrade. */
  begin(headers: Record<string, string>): void;
  /**
   * Sends one event, and waits while the client reads more slowly than we write.
   * @throws Error when the client has gone
   */
  send(event: JsonObject): Promise<void>;
  /** Ends the response with an error: before `begin` in place of it, after it in the middle. */
  fail(error: ErrorAnswer, headers: Record<string, string>): void;
  drop(): void;
  close(code: number, reason: string): void;
  /** The response is complete. */
  finish(): void;
}

/** The client has gone away. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection');
  }
}
