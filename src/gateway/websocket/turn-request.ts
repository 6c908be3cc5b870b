import type {RequestBody} from '../turns/request-body.js';
import {frameText} from '../turns/sanitize.js';

/** A `response.create` as the client sent it. */
export class TurnRequest {
  /** The response that the request goes on from, null when it stands alone. */
  readonly previous: string | null;
  /** Only readies the connection: nothing is generated. */
  readonly prewarm: boolean;

  constructor(
    readonly body: RequestBody,
    readonly binary: boolean,
  ) {
    const data = body.raw;
    this.previous = frameText(data, 'previous_response_id');
    this.prewarm = data.includes('"generate":false');
  }

  /** Whether a response to it would be one to nothing: its input is empty. */
  get isEmpty(): boolean {
    return this.body.raw.includes('"input":[]');
  }
}
