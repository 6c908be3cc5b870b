import type {Attempts} from '../turns/attempts.js';
import {RequestBody} from '../turns/request-body.js';
import {frameText} from '../turns/sanitize.js';

/** One `response.create` on a WebSocket, until its response has ended. */
export class Turn {
  readonly body: RequestBody;
  readonly startedAtMs = Date.now();
  /** The response that the request goes on from, null when it stands alone. */
  readonly previous: string | null;
  /** Only readies the connection: nothing is generated. */
  readonly prewarm: boolean;
  /** The client has been shown that the response was created. */
  created = false;
  /** The client has been shown output. */
  output = false;
  /** Keys of items that were left out for the account that answers. */
  left: string[] = [];
  stripAll = false;
  attempts!: Attempts;
  /** Ends the count of this turn as under way. */
  leave: () => void = () => undefined;

  constructor(
    data: Buffer,
    readonly binary: boolean,
  ) {
    this.body = new RequestBody(data);
    this.previous = frameText(data, 'previous_response_id');
    this.prewarm = data.includes('"generate":false');
  }

  /** Whether a response to it would be one to nothing: its input is empty. */
  get isEmpty(): boolean {
    return this.body.raw.includes('"input":[]');
  }
}
