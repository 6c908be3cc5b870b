import {Counter, Gauge, Histogram, Registry} from 'prom-client';

import type {PoolAccount} from '../pool/pool.js';

/** Prometheus metrics of one gateway. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = new Counter({
    name: 'cao_gateway_requests_total',
    help: 'Requests and turns by account, transport and status',
    labelNames: ['account', 'transport', 'status'] as const,
    registers: [this.registry],
  });
  private readonly switches = new Counter({
    name: 'cao_gateway_switches_total',
    help: 'Threads moved to another account, by reason',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });
  private readonly cooldowns = new Counter({
    name: 'cao_gateway_cooldowns_total',
    help: 'Quota verdicts by account and scope',
    labelNames: ['account', 'scope'] as const,
    registers: [this.registry],
  });
  private readonly unexpectedErrors = new Counter({
    name: 'cao_gateway_unexpected_errors_total',
    help: 'Errors that nothing in the gateway dealt with: faults of its own',
    registers: [this.registry],
  });
  private readonly upstreamLatency = new Histogram({
    name: 'cao_gateway_upstream_latency_seconds',
    help: "Time to the first byte of the backend's answer",
    labelNames: ['account'] as const,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
    registers: [this.registry],
  });
  private readonly inFlight = new Gauge({
    name: 'cao_gateway_in_flight',
    help: 'Requests and turns under way, by account',
    labelNames: ['account'] as const,
    registers: [this.registry],
  });
  private readonly cooldownSeconds = new Gauge({
    name: 'cao_gateway_cooldown_seconds',
    help: 'Seconds until an account may be used again',
    labelNames: ['account'] as const,
    registers: [this.registry],
  });
  private readonly usedPercent = new Gauge({
    name: 'cao_gateway_used_percent',
    help: 'Used part of a rate-limit window, 0 to 100',
    labelNames: ['account', 'limit', 'window_minutes'] as const,
    registers: [this.registry],
  });

  served(account: string, transport: string, status: number | null): void {
    this.requests.inc({account, transport, status: status === null ? 'aborted' : String(status)});
  }

  switched(reason: string): void {
    this.switches.inc({reason: /^[a-z0-9_ -]{1,60}$/.test(reason) ? reason : 'other'});
  }

  cooled(account: string, scope: string): void {
    this.cooldowns.inc({account, scope});
  }

  unexpected(): void {
    this.unexpectedErrors.inc();
  }

  latency(account: string, seconds: number): void {
    this.upstreamLatency.observe({account}, seconds);
  }

  /** The text format of Prometheus, with the gauges as they stand now. */
  async render(
    accounts: readonly PoolAccount[],
    inFlight: (name: string) => number,
    nowMs = Date.now(),
  ): Promise<{contentType: string; text: string}> {
    for (const gauge of [this.inFlight, this.cooldownSeconds, this.usedPercent]) gauge.reset();
    for (const {name, standing, windows} of accounts) {
      const {state, untilMs} = standing;
      this.inFlight.set({account: name}, inFlight(name));
      const seconds = state === 'cooldown' ? Math.max(0, ((untilMs ?? nowMs) - nowMs) / 1000) : 0;
      this.cooldownSeconds.set({account: name}, seconds);
      for (const {limitId, usedPercent, windowMinutes} of windows) {
        const window = {limit: limitId, window_minutes: String(windowMinutes ?? 'unknown')};
        this.usedPercent.set({account: name, ...window}, usedPercent);
      }
    }
    return {contentType: this.registry.contentType, text: await this.registry.metrics()};
  }
}
