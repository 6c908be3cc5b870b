import {setTimeout as sleep} from 'node:timers/promises';

import type {End} from '../../accounts/consequences.js';
import type {Outcome, Verdict} from '../../contract/index.js';
import type {DecideVerdict} from '../../extensions/verdict.js';
import type {Affinity} from './affinity.js';
import type {GatewayConfig} from '../../accounts/gateway-file.js';
import type {Credentials, Lease} from '../pool/credentials.js';
import type {GatewayEvents} from '../telemetry/events.js';
import type {AccountPool} from '../pool/pool.js';
import {type Refusal, allOut, refusal} from './refusal.js';
import type {RequestBody} from './request-body.js';
import {holdsSealedSummary} from './sanitize.js';

/** What attempts need of the gateway around them. */
export type AttemptTools = {
  config: GatewayConfig;
  pool: AccountPool;
  credentials: Credentials;
  affinity: Affinity;
  decide: DecideVerdict;
  events: GatewayEvents;
};

/** A failed attempt: the backend's own answer, or that there was none. */
export type Failure = {kind: 'answer'; outcome: Outcome} | {kind: 'network'; message: string};

/** What to do after a failed attempt. */
export type Step =
  /** Hand the backend's answer to the client as it is. */
  | {kind: 'pass'}
  /** The same account once more, without any reasoning if `strip`. */
  | {kind: 'again'; lease: Lease; strip: boolean}
  /** Another account. */
  | {kind: 'next'; lease: Lease}
  | {kind: 'refuse'; refusal: Refusal};

/**
 * The attempts at one request, over HTTP and WebSocket alike: which account goes first, and what follows from each
 * failure by its verdict.
 */
export class Attempts {
  /** Why the last account was left. */
  private lastReason = '';
  private firstAccount: string | null = null;
  private readonly without = new Set<string>();
  /** Not again in this request, whatever the number of passes. */
  private readonly hopeless = new Set<string>();
  private readonly renewed = new Set<string>();
  private passes = 1;
  private overloads = 0;
  private stripped = false;
  private trouble: string | null = null;
  private quotaMet = false;

  /**
   * @param body null while there is none to read: a WebSocket that is being opened.
   * @param holder the account of the connection that the request came on, which a new thread stays with.
   */
  constructor(
    private readonly tools: AttemptTools,
    private readonly request: {
      thread: string | null;
      body: RequestBody | null;
      signal: AbortSignal;
      holder?: string;
    },
  ) {}

  /** The account to begin with. */
  async first(): Promise<Lease | Refusal> {
    const lease = await this.pick();
    this.firstAccount = this.request.holder ?? ('name' in lease ? lease.name : null);
    return lease;
  }

  /** @throws the signal's reason when the client goes away meanwhile. */
  async after(lease: Lease, failure: Failure): Promise<Step> {
    if (failure.kind === 'network') return this.overloaded(lease, failure.message, null, null);
    const verdict = await this.tools.decide(failure.outcome);
    switch (verdict?.kind) {
      case 'quota':
        await this.take(lease, failed(verdict));
        return this.next(lease, verdict.reason);
      case 'auth':
        return this.refused(lease, verdict.reason);
      case 'dead':
        await this.take(lease, failed(verdict));
        return this.next(lease, verdict.reason, {hopeless: true});
      case 'overload':
        return this.overloaded(lease, verdict.reason, verdict.retryAfterMs ?? null, verdict);
      case 'affinity':
        return this.unreadable(lease, verdict.reason);
      case 'request':
        return {kind: 'pass'};
      case undefined:
        await this.take(lease, unknownFailure(failure.outcome));
        return {kind: 'pass'};
    }
  }

  /** The account answered: the thread is its from now on. @param left keys of items left out for it. */
  settle(lease: Lease, left: readonly string[]): void {
    const {thread} = this.request;
    const before = this.tools.affinity.settle(thread, lease.name, left);
    const from = before ?? (this.firstAccount === lease.name ? null : this.firstAccount);
    if (from === null) return;
    const reason = this.lastReason || (this.tools.pool.reasonOf(from) ?? 'not available');
    this.tools.events.switched({thread, from, to: lease.name, reason});
  }

  /**
   * Takes down what a failure after output had begun says of the account.
   *
   * @returns true when it was the account's, and another one can take the request that the client makes next.
   */
  async noteTooLate(lease: Lease, outcome: Outcome): Promise<boolean> {
    const verdict = await this.tools.decide(outcome);
    // A token that went bad on the way is renewed by the request that follows.
    if (verdict?.kind !== 'auth') await this.take(lease, verdict ? failed(verdict) : unknownFailure(outcome));
    if (verdict?.kind !== 'quota' && verdict?.kind !== 'dead') return false;
    const {thread} = this.request;
    const sticky = this.tools.affinity.get(thread)?.account ?? null;
    const model = (await this.request.body?.text('model')) ?? null;
    return (await this.tools.pool.choose({sticky, without: new Set([lease.name]), model})) !== null;
  }

  /** Takes down what an end says of its account, and tells of it. */
  private async take(lease: Pick<Lease, 'name'>, end: End): Promise<void> {
    const quota = end.kind === 'failure' && end.verdict?.kind === 'quota' ? end.verdict : null;
    if (quota) this.quotaMet = true;
    const model = quota?.scope === 'model' ? ((await this.request.body?.text('model')) ?? null) : null;
    const consequence = await this.tools.pool.ended(lease.name, end, model);
    if (consequence) this.tools.events.followed(lease.name, consequence);
  }

  private async refused(lease: Lease, reason: string): Promise<Step> {
    if (!this.renewed.has(lease.name)) {
      this.renewed.add(lease.name);
      const renewed = await this.tools.credentials.renew(lease);
      if ('name' in renewed) return {kind: 'again', lease: renewed, strip: this.stripped};
      if (renewed.problem === 'unreachable') {
        this.trouble = renewed.reason;
        return this.next(lease, reason, {hopeless: true});
      }
      reason = renewed.reason;
    }
    await this.take(lease, failed({kind: 'auth', reason}));
    return this.next(lease, reason, {hopeless: true});
  }

  /** @param verdict null where there was no answer at all. */
  private async overloaded(
    lease: Lease,
    reason: string,
    retryAfterMs: number | null,
    verdict: Verdict | null,
  ): Promise<Step> {
    const {
      upstreamMaxRetries,
      upstreamRetryBaseMs,
      upstreamRetryMaxMs,
      upstreamRetryJitterMs,
      requestTimeoutMs,
    } = this.tools.config;
    if (this.overloads < upstreamMaxRetries && (retryAfterMs ?? 0) <= requestTimeoutMs) {
      const backoff = Math.min(upstreamRetryBaseMs * 2 ** this.overloads, upstreamRetryMaxMs);
      this.overloads += 1;
      const pause = Math.max(backoff, retryAfterMs ?? 0) + Math.random() * upstreamRetryJitterMs;
      this.tools.events.retried(lease.name, reason);
      await sleep(pause, undefined, {signal: this.request.signal});
      return {kind: 'again', lease, strip: this.stripped};
    }
    if (verdict) {
      await this.take(lease, failed(verdict));
      return {kind: 'pass'};
    }
    return {
      kind: 'refuse',
      refusal: refusal(502, 'upstream_unreachable', `The backend cannot be reached: ${reason}`),
    };
  }

  private async unreadable(lease: Lease, reason: string): Promise<Step> {
    const {body} = this.request;
    // `previous_response_not_found` makes Codex resend by itself.
    if (reason !== 'invalid_encrypted_content' || body === null) return {kind: 'pass'};
    if (!this.stripped) {
      this.stripped = true;
      return {kind: 'again', lease, strip: true};
    }
    if (!(await holdsSealedSummary(body))) return {kind: 'pass'};
    const owner = this.tools.affinity.get(this.request.thread)?.account;
    const who = owner === undefined || owner === lease.name ? 'another account' : `the account ${owner}`;
    return {
      kind: 'refuse',
      refusal: refusal(
        400,
        'invalid_encrypted_content',
        `This conversation was compacted by ${who}, and only that account can read the summary. ` +
          'Go on when it has quota again, or begin a new conversation.',
      ),
    };
  }

  private async next(lease: Lease, reason: string, {hopeless = false} = {}): Promise<Step> {
    this.lastReason = reason;
    this.overloads = 0;
    this.without.add(lease.name);
    if (hopeless) this.hopeless.add(lease.name);
    const next = await this.pick();
    return 'name' in next ? {kind: 'next', lease: next} : {kind: 'refuse', refusal: next};
  }

  private async pick(): Promise<Lease | Refusal> {
    const {pool, credentials, affinity, config} = this.tools;
    const {thread, body, signal, holder = null} = this.request;
    const model = (await pool.knowsModelLimits()) ? ((await body?.text('model')) ?? null) : null;
    for (;;) {
      signal.throwIfAborted();
      const sticky = affinity.get(thread)?.account ?? holder;
      const account = await pool.choose({sticky, without: this.without, model});
      if (account === null) {
        if (this.passes < config.maxRetryPasses && this.without.size > this.hopeless.size) {
          this.passes += 1;
          this.without.clear();
          for (const name of this.hopeless) this.without.add(name);
          continue;
        }
        const accounts = await pool.list(model);
        const {trouble, quotaMet} = this;
        return allOut({accounts, trouble, quotaMet}, Date.now());
      }
      const lease = await credentials.of(account);
      if ('name' in lease) return lease;
      if (lease.problem === 'needs-login')
        await this.take(account, failed({kind: 'auth', reason: lease.reason}));
      else this.trouble = lease.reason;
      this.lastReason = lease.reason;
      this.without.add(account.name);
      this.hopeless.add(account.name);
    }
  }
}

function failed(verdict: Verdict): End {
  return {kind: 'failure', verdict, reason: verdict.reason};
}

/** A failure that no detector knows. */
function unknownFailure({status}: Outcome): End {
  return {
    kind: 'failure',
    verdict: null,
    reason: status === undefined ? 'unknown error' : `status ${status}`,
  };
}
