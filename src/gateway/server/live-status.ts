import {bindingWindow} from '../../codex/usage/rate-limits.js';
import type {AccountState} from '../../contract/index.js';
import type {PoolAccount} from '../pool/pool.js';
import type {GatewayContext} from '../http/server-context.js';

/** One account in `cao gateway status --json`. Times in milliseconds since the epoch. */
export type GatewayAccountStatus = {
  name: string;
  isDefault: boolean;
  state: AccountState;
  untilMs: number | null;
  /** Why it is not ready. */
  reason: string | null;
  /** It is ready, and credits pay for what it does. */
  spendsCredits: boolean;
  inFlight: number;
  requests: number;
  threads: number;
  usedPercent: number | null;
};

/** What a running gateway tells of itself. */
export type LiveStatus = {
  running: true;
  pid: number;
  url: string;
  uptimeMs: number;
  baseUrl: string;
  requests: number;
  switches: number;
  inFlight: number;
  webSockets: number;
  accounts: GatewayAccountStatus[];
};

export async function liveStatus(
  {pool, affinity, events, config}: GatewayContext,
  {url, uptimeMs, webSockets}: Pick<LiveStatus, 'url' | 'uptimeMs' | 'webSockets'>,
): Promise<LiveStatus> {
  const threads = affinity.counts();
  const accounts = await pool.list();
  return {
    running: true,
    pid: process.pid,
    url,
    uptimeMs,
    baseUrl: config.baseUrl,
    requests: events.requests,
    switches: events.switches,
    inFlight: pool.inFlight,
    webSockets,
    accounts: accounts.map((account) => ({
      ...accountStatus(account),
      ...pool.counts(account.name),
      threads: threads.get(account.name) ?? 0,
    })),
  };
}

/** What can be said of an account without a running gateway. */
export function accountStatus({
  name,
  isDefault,
  standing: {state, untilMs, reason, spendsCredits},
  windows,
}: PoolAccount): Omit<GatewayAccountStatus, 'inFlight' | 'requests' | 'threads'> {
  const usedPercent = bindingWindow(windows)?.usedPercent ?? null;
  return {name, isDefault, state, untilMs, reason, spendsCredits, usedPercent};
}
