import type {IncomingHttpHeaders} from 'node:http';

/** One request, or one frame that a client sent over a WebSocket. */
export interface RecordedRequest {
  /** 1 for the first since the start */
  readonly number: number;
  /** epoch milliseconds when it arrived */
  readonly atMs: number;
  /** epoch milliseconds when its answer was complete, or null while it runs */
  endedAtMs: number | null;
  /** `sse` is a response streamed over HTTP; a WebSocket's upgrade and its frames are `websocket` */
  transport: 'http' | 'sse' | 'websocket';
  /** over which server it came */
  readonly scheme: 'http' | 'https';
  /** which route answered: responses, prewarm, upgrade, compact, side, models, usage, accounts-check, refresh… or unknown */
  route: string;
  /** the HTTP method, or the type of a frame such as response.create */
  readonly method: string;
  /** without the query */
  readonly path: string;
  readonly query: string;
  /** headers of the request; of the upgrade for a frame */
  readonly headers: IncomingHttpHeaders;
  /** name of the account whose token came along, or null */
  account: string | null;
  /** `thread-id`, else `session-id`, else the body's prompt_cache_key */
  threadId: string | null;
  /** numbers the WebSocket connections; null for HTTP */
  readonly connection: number | null;
  /** decoded JSON, a form as an object, or the text; null without a body */
  body: unknown;
  /** what was answered: the HTTP status, or the one in a WebSocket's error frame; null while it is open */
  status: number | null;
  /** what happened, in words: answered, aborted, a fault's label… */
  outcome: string;
  /** id of the response that was begun, or null */
  responseId: string | null;
}

interface Waiter {
  predicate: (request: RecordedRequest) => boolean;
  resolve: (request: RecordedRequest) => void;
}

/** Everything that clients sent, in order of arrival. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  private readonly waiters = new Set<Waiter>();

  add(
    request: Omit<RecordedRequest, 'number' | 'atMs' | 'endedAtMs' | 'status' | 'outcome' | 'responseId'>,
  ): RecordedRequest {
    const recorded: RecordedRequest = {
      ...request,
      number: this.requests.length + 1,
      atMs: Date.now(),
      endedAtMs: null,
      status: null,
      outcome: 'open',
      responseId: null,
    };
    this.requests.push(recorded);
    this.changed(recorded);
    return recorded;
  }

  /** Tells those who wait that a request has more to show. */
  changed(request: RecordedRequest): void {
    for (const waiter of this.waiters) {
      if (waiter.predicate(request)) waiter.resolve(request);
    }
  }

  end(request: RecordedRequest, status: number | null, outcome: string): void {
    if (request.endedAtMs !== null) return;
    request.endedAtMs = Date.now();
    request.status = status ?? request.status;
    request.outcome = outcome;
    this.changed(request);
  }

  /**
   * The first request, past or to come, that the predicate accepts. It is asked again whenever a request
   * changes, so it may look at the status and the outcome.
   * @throws Error when none came within timeoutMs
   */
  waitFor(predicate: (request: RecordedRequest) => boolean, timeoutMs: number): Promise<RecordedRequest> {
    const past = this.requests.find(predicate);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
      };
      const waiter: Waiter = {
        predicate,
        resolve: (request) => {
          settle();
          resolve(request);
        },
      };
      const timer = setTimeout(() => {
        settle();
        const seen = this.requests.map((each) => `${each.method} ${each.path} ${each.outcome}`).join(', ');
        reject(new Error(`no such request within ${timeoutMs} ms; seen: ${seen || 'none'}`));
      }, timeoutMs);
      this.waiters.add(waiter);
    });
  }
}
