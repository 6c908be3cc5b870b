import type {Journal} from './journal.js';
import type {Consequence} from '../../accounts/state/consequences.js';
import type {AccountState} from '../../contract/index.js';
import type {GatewayLog} from './log.js';
import type {Metrics} from './metrics.js';

/** One request or turn, when it has ended. */
export type Served = {
  transport: 'http' | 'websocket';
  /** Method and route, without query. */
  what: string;
  thread: string | null;
  account: string | null;
  /** HTTP status, or that of a WebSocket's error frame; null when the client left first. */
  status: number | null;
  durationMs: number;
  note?: string;
};

/** What happens in a gateway, told to its log and its metrics. Never holds content or credentials. */
export class GatewayEvents {
  switches = 0;
  requests = 0;

  constructor(
    private readonly log: GatewayLog,
    readonly metrics: Metrics,
    private readonly journal: Journal,
  ) {}

  served({transport, what, thread, account, status, durationMs, note}: Served): void {
    this.requests += 1;
    this.metrics.served(account ?? 'none', transport, status);
    const who = `thread=${shortThread(thread)} account=${account ?? '-'}`;
    const how = `status=${status ?? 'aborted'} ${Math.round(durationMs)}ms`;
    this.log.line(`${transport === 'http' ? 'http' : 'ws'} ${what} ${who} ${how}${note ? ` (${note})` : ''}`);
  }

  switched(move: {thread: string | null; from: string; to: string; reason: string}): void {
    this.switches += 1;
    this.metrics.switched(move.reason);
    this.journal.switched(move.from, move.to, move.reason, Date.now());
    this.log.line(`switch thread=${shortThread(move.thread)} ${move.from} -> ${move.to} (${move.reason})`);
  }

  /** What the end of a request meant for its account. */
  followed(account: string, consequence: Consequence): void {
    const {kind} = consequence;
    if (kind === 'cooldown' || kind === 'model-cooldown') {
      const what = kind === 'model-cooldown' ? `model limit ${consequence.limitId}` : consequence.scope;
      const until = new Date(consequence.untilMs).toISOString();
      this.metrics.cooled(account, kind === 'model-cooldown' ? 'model' : consequence.scope);
      this.log.line(`quota account=${account} ${what} until ${until} (${consequence.reason})`);
    } else if (kind === 'model-missing') {
      this.log.line(
        `account=${account} does not have the model ${consequence.model} (${consequence.reason})`,
      );
    } else if (kind === 'block') {
      const state: AccountState = consequence.block === 'dead' ? 'quarantined' : 'needs-login';
      this.log.line(`account=${account} ${state} (${consequence.reason})`);
    } else if (kind === 'failure') {
      this.log.line(`failure account=${account} (${consequence.reason})`);
    }
  }

  retried(account: string, reason: string): void {
    this.log.line(`retry account=${account} (${reason})`);
  }

  /** @param seconds from sending the request to the first byte of the answer. */
  firstByte(account: string, seconds: number): void {
    this.metrics.latency(account, seconds);
  }

  started(url: string, baseUrl: string): void {
    this.log.line(`listening on ${url}, forwarding to ${baseUrl}`);
  }

  stopped(): void {
    this.log.line('stopped');
  }

  /** An error that nothing dealt with: a fault of the gateway's own. */
  unexpected(error: unknown): void {
    this.metrics.unexpected();
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log.line(`unexpected ${trace}`);
  }

  problem(message: string): void {
    this.log.line(`problem ${message}`);
  }
}

/** Enough of a thread id to find it: its end, as UUIDs that are ordered by time begin alike. */
function shortThread(thread: string | null): string {
  return thread === null ? '-' : thread.replace(/[^\w-]/g, '').slice(-12);
}
