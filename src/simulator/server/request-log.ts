import type {RecordedRequest} from '../model/recorded-request.js';

type Waiter = {
  predicate: (request: RecordedRequest) => boolean;
  resolve: (request: RecordedRequest) => void;
};

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

  /** Notes how a request ended, unless that is known; a null status leaves the one that was noted. */
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
