import type {JsonObject} from '../account/json.js';
import type {UsageState} from '../account/rate-limits.js';
import type {RecordedRequest} from './recorded-request.js';

/** An error in place of an answer: an HTTP status before output, an event or frame after it began. */
export type ErrorAnswer = {
  kind: 'error';
  /** shown in the request log */
  label: string;
  status: number;
  body: JsonObject;
  headers: Record<string, string>;
  /** the event that tells it once a response has begun; default `response.failed`, or a WebSocket's error frame */
  terminal?: 'response.failed' | 'response.incomplete';
  /** HTML in place of the body, over HTTP */
  page?: string;
  /** how a WebSocket's error frame names the status; `none` leaves it out */
  frameStatus?: 'status' | 'status_code' | 'none';
  /** what firing does to the account's usage */
  affect?: (usage: UsageState) => void;
  /** having fired in the middle of a stream, refuses later requests at once */
  lasting?: boolean;
};

/** The connection's socket is destroyed. */
export type Drop = {
  kind: 'drop';
};

/** A WebSocket is closed with this code; over HTTP the socket is destroyed. */
export type Close = {
  kind: 'close';
  code: number;
  reason: string;
};

/** Stops a request until a test lets it go on. */
export class Hold {
  readonly kind = 'hold';
  /** resolves when the first request has arrived at the hold */
  readonly reached: Promise<RecordedRequest>;
  private arrive!: (request: RecordedRequest) => void;
  private open!: () => void;
  private readonly opened: Promise<void>;

  constructor() {
    this.reached = new Promise((resolve) => (this.arrive = resolve));
    this.opened = new Promise((resolve) => (this.open = resolve));
  }

  /** Lets everything stopped here go on; later requests do not stop any more. */
  release(): void {
    this.open();
  }

  /** Called by the simulator: waits until the hold is released. */
  async pass(request: RecordedRequest): Promise<void> {
    this.arrive(request);
    await this.opened;
  }
}

/** What may happen to a request in place of its answer. */
export type Disturbance = ErrorAnswer | Drop | Close | Hold;

/** The connection breaks. */
export const drop = (): Drop => ({kind: 'drop'});

/** The WebSocket is closed: by default as for a restart of the service. */
export const close = (code = 1012, reason = 'service restart'): Close => ({kind: 'close', code, reason});
