import {setTimeout as sleep} from 'node:timers/promises';

import type {End} from '../../accounts/state/consequences.js';
import type {Outcome, Verdict} from '../../contract/index.js';
import {type DecideVerdict, isUnreadable} from '../../extensions/verdict.js';
import type {Affinity} from './affinity.js';
import type {GatewayConfig} from '../../accounts/data/gateway-file.js';
import type {Credentials, Lease} from '../pool/credentials.js';
import type {GatewayEvents} from '../telemetry/events.js';
import type {AccountPool, PoolAccount} from '../pool/pool.js';
import type {AccountRule} from '../pool/account-rule.js';
import {hasWorkingLogin} from '../../accounts/state/choice.js';
import type {Conclusion, Send} from './send.js';
import {type Refusal, allOut, sealedSummary, unreachable} from './refusal.js';
import type {RequestBody} from './request-body.js';

/** What attempts need of the gateway around them. */
export type AttemptTools = {
  config: GatewayConfig;
  pool: AccountPool;
  credentials: Credentials;
  affinity: Affinity;
  decide: DecideVerdict;
  events: GatewayEvents;
};

/** What follows when the backend gave no answer: the same account once more, another one, or an end. */
type StepWithoutAnswer = {kind: 'ask'; lease: Lease} | {kind: 'refuse'; refusal: Refusal};

/** What follows when it did: there is an answer that can be handed on. */
type Step = StepWithoutAnswer | {kind: 'pass'};

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
  /** An account has said that it does not have the model. */
  private modelMissing = false;

  /**
   * @param body null while there is none to read: a WebSocket that is being opened.
   * @param holder the account that a new thread stays with: that of the connection that the request came on, or of the
   *   thread that began it.
   */
  constructor(
    private readonly tools: AttemptTools,
    private readonly request: {
      thread: string | null;
      body: RequestBody | null;
      signal: AbortSignal;
      holder?: string | null;
      /** What the run that asks wants of the accounts. */
      rule: AccountRule | null;
    },
  ) {}

  /**
   * Asks one account after the other until one answers, or no other may be asked. The only place where this is done.
   *
   * @throws what `send` throws, and the signal's reason when the client goes away meanwhile.
   */
  async run<T, A>(send: Send<T, A>): Promise<Conclusion<T, A>> {
    const first = await this.pick();
    if (!('name' in first)) return {kind: 'refused', refusal: first, lease: null};
    const owner = this.tools.affinity.get(this.request.thread)?.account;
    this.firstAccount = owner ?? this.request.holder ?? first.name;
    let lease = first;
    for (;;) {
      const sent = await send(lease, {strip: this.stripped});
      if (sent.kind === 'taken') return {kind: 'taken', value: sent.value, lease};
      let step: Step;
      if (sent.kind === 'unreachable') {
        step = await this.afterSilence(lease, sent.reason);
      } else {
        step = await this.afterAnswer(lease, sent.outcome);
        if (step.kind === 'pass') return {kind: 'passed', answer: sent.answer, lease};
        sent.drop?.();
      }
      if (step.kind === 'refuse') return {kind: 'refused', refusal: step.refusal, lease};
      this.request.signal.throwIfAborted();
      lease = step.lease;
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
   * @returns true when the request that the client makes next is better off: another account can take it, or it goes out
   *   without what this one could not read.
   */
  async noteTooLate(lease: Lease, outcome: Outcome): Promise<boolean> {
    const verdict = await this.tools.decide(outcome);
    if (isUnreadable(verdict)) return this.noteUnreadable(lease);
    // A token that went bad on the way is renewed by the request that follows.
    if (verdict?.kind !== 'auth') await this.take(lease, verdict ? failed(verdict) : unknownFailure(outcome));
    if (verdict?.kind !== 'quota' && verdict?.kind !== 'dead') return false;
    const {thread} = this.request;
    const sticky = this.tools.affinity.get(thread)?.account ?? null;
    const model = (await this.request.body?.text('model')) ?? null;
    const {rule} = this.request;
    return (await this.tools.pool.choose({sticky, without: new Set([lease.name]), model, rule})) !== null;
  }

  private async afterAnswer(lease: Lease, outcome: Outcome): Promise<Step> {
    const verdict = await this.tools.decide(outcome);
    switch (verdict?.kind) {
      case 'quota':
        await this.take(lease, failed(verdict));
        return verdict.lacks === undefined
          ? this.next(lease, verdict.reason)
          : this.nextWithModel(lease, verdict.reason);
      case 'auth':
        return this.refused(lease, verdict.reason);
      case 'dead':
        await this.take(lease, failed(verdict));
        return this.next(lease, verdict.reason, {hopeless: true});
      case 'overload':
        return (
          (await this.retry(lease, verdict.reason, verdict.retryAfterMs)) ?? this.pass(lease, failed(verdict))
        );
      case 'affinity':
        return this.unreadable(lease, verdict);
      case 'request':
        return {kind: 'pass'};
      case undefined:
        return this.pass(lease, unknownFailure(outcome));
    }
  }

  /** An account that may have the model. Where none can, now or after a wait, the answer is the client's. */
  private async nextWithModel(lease: Lease, reason: string): Promise<Step> {
    this.modelMissing = true;
    const step = await this.next(lease, reason);
    return step.kind === 'ask' || step.refusal.status === 429 ? step : {kind: 'pass'};
  }

  /** The answer is the client's, and what it says of the account is taken down. */
  private async pass(lease: Lease, end: End): Promise<Step> {
    await this.take(lease, end);
    return {kind: 'pass'};
  }

  private async afterSilence(lease: Lease, reason: string): Promise<StepWithoutAnswer> {
    const again = await this.retry(lease, reason);
    if (again) return again;
    return {kind: 'refuse', refusal: unreachable(`The backend cannot be reached: ${reason}`)};
  }

  /** Takes down what an end says of its account, and tells of it. */
  private async take(lease: Pick<Lease, 'name'>, end: End): Promise<void> {
    const quota = end.kind === 'failure' && end.verdict?.kind === 'quota' ? end.verdict : null;
    if (quota && quota.lacks === undefined) this.quotaMet = true;
    const model = quota?.scope === 'model' ? ((await this.request.body?.text('model')) ?? null) : null;
    const consequence = await this.tools.pool.ended(lease.name, end, model);
    if (consequence) this.tools.events.followed(lease.name, consequence);
  }

  private async refused(lease: Lease, reason: string): Promise<Step> {
    if (!this.renewed.has(lease.name)) {
      this.renewed.add(lease.name);
      const renewed = await this.tools.credentials.renew(lease);
      if ('name' in renewed) return {kind: 'ask', lease: renewed};
      if (renewed.problem === 'unreachable') {
        this.trouble = renewed.reason;
        return this.next(lease, reason, {hopeless: true});
      }
      reason = renewed.reason;
    }
    await this.take(lease, failed({kind: 'auth', reason}));
    return this.next(lease, reason, {hopeless: true});
  }

  /** The same account after a pause; null when it has been asked often enough. */
  private async retry(lease: Lease, reason: string, retryAfterMs = 0): Promise<StepWithoutAnswer | null> {
    const {config, events} = this.tools;
    if (this.overloads >= config.upstreamMaxRetries || retryAfterMs > config.requestTimeoutMs) return null;
    const backoff = Math.min(config.upstreamRetryBaseMs * 2 ** this.overloads, config.upstreamRetryMaxMs);
    this.overloads += 1;
    const pause = Math.max(backoff, retryAfterMs) + Math.random() * config.upstreamRetryJitterMs;
    events.retried(lease.name, reason);
    await sleep(pause, undefined, {signal: this.request.signal});
    return {kind: 'ask', lease};
  }

  /** Has all that is sealed in this request left out of the next one. @returns false where that was done already. */
  private async noteUnreadable(lease: Lease): Promise<boolean> {
    const {thread, body} = this.request;
    const known = this.tools.affinity.get(thread)?.foreign ?? new Set();
    const keys = body === null ? [] : (await body.sealed()).keys.filter((key) => !known.has(key));
    if (thread === null || keys.length === 0) return false;
    this.tools.affinity.settle(thread, lease.name, keys);
    return true;
  }

  private async unreadable(lease: Lease, verdict: Verdict): Promise<Step> {
    const {body} = this.request;
    // `previous_response_not_found` makes Codex resend by itself.
    if (!isUnreadable(verdict) || body === null) return {kind: 'pass'};
    if (!this.stripped) {
      this.stripped = true;
      return {kind: 'ask', lease};
    }
    if (!(await body.sealed()).summary) return {kind: 'pass'};
    const owner = this.tools.affinity.get(this.request.thread)?.account ?? null;
    return {kind: 'refuse', refusal: sealedSummary(owner === lease.name ? null : owner)};
  }

  private async next(lease: Lease, reason: string, {hopeless = false} = {}): Promise<StepWithoutAnswer> {
    this.lastReason = reason;
    this.overloads = 0;
    this.without.add(lease.name);
    if (hopeless) this.hopeless.add(lease.name);
    const next = await this.pick();
    return 'name' in next ? {kind: 'ask', lease: next} : {kind: 'refuse', refusal: next};
  }

  private async pick(): Promise<Lease | Refusal> {
    const {pool, credentials, affinity, config} = this.tools;
    const {thread, body, signal, holder = null, rule} = this.request;
    const reads = this.modelMissing || (await pool.choosesByModel());
    const model = reads ? ((await body?.text('model')) ?? null) : null;
    for (;;) {
      signal.throwIfAborted();
      const sticky = affinity.get(thread)?.account ?? holder;
      // Nothing but a quota has another account take over from the one that is named.
      const lost = rule !== null && this.hopeless.has(rule.account);
      const account = lost ? null : await pool.choose({sticky, without: this.without, model, rule});
      if (account === null || (this.modelMissing && account.lacksModel)) {
        if (!lost && this.passes < config.maxRetryPasses && this.without.size > this.hopeless.size) {
          this.passes += 1;
          this.without.clear();
          for (const name of this.hopeless) this.without.add(name);
          continue;
        }
        const accounts = concerned(await pool.list(model), rule, lost);
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

/** The accounts of which a refusal speaks: the named one where no other may be asked. */
function concerned(all: PoolAccount[], rule: AccountRule | null, lost: boolean): PoolAccount[] {
  const named = all.filter(({name}) => name === rule?.account);
  const alone = rule !== null && (rule.kind === 'only' || lost || !named.some(hasWorkingLogin));
  return alone ? named : all;
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
