import {recordEnd} from '../../src/accounts/record-end.js';
import type {AccountStore} from '../../src/accounts/store/store.js';
import type {Verdict} from '../../src/contract/index.js';

/** Writes down that the backend refused an account until a time, or only the limit of one model of it. */
export async function recordQuota(
  store: AccountStore,
  name: string,
  {untilMs, limitId, reason = 'usage_limit_reached'}: {untilMs: number; limitId?: string; reason?: string},
): Promise<void> {
  const until = new Date(untilMs);
  await recordVerdict(
    store,
    name,
    limitId === undefined
      ? {kind: 'quota', scope: 'account', until, reason}
      : {kind: 'quota', scope: 'model', limitId, until, reason},
  );
}

/** Writes down that an account did not work, for a reason that no detector knows. */
export async function recordFailure(store: AccountStore, name: string, reason: string): Promise<void> {
  await recordEnd(store, name, {kind: 'failure', verdict: null, reason}, {nowMs: Date.now()});
}

/** Writes down that a turn on an account began and succeeded now. */
export async function recordSuccess(store: AccountStore, name: string): Promise<void> {
  const nowMs = Date.now();
  await recordEnd(store, name, {kind: 'success', startedAtMs: nowMs}, {nowMs});
}

export async function recordVerdict(store: AccountStore, name: string, verdict: Verdict): Promise<void> {
  await recordEnd(store, name, {kind: 'failure', verdict, reason: verdict.reason}, {nowMs: Date.now()});
}
