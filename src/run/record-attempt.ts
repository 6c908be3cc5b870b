import {appendHistory} from '../accounts/store/history.js';
import {type Consequence, type End, markRefused} from '../accounts/state/consequences.js';
import {recordEnd} from '../accounts/record-end.js';
import type {Account, AccountStore} from '../accounts/store/store.js';
import {modelsToldSince} from '../codex/backend/model-list.js';
import {readingFromRollout} from '../codex/usage/rollout-usage.js';
import type {Verdict} from '../contract/index.js';
import type {Attempt} from './attempt.js';

/** Writes down that the work went from one account to the next. */
export async function recordFallback(
  store: AccountStore,
  from: string,
  to: string,
  reason: string,
): Promise<void> {
  await appendHistory(store.folder, [{kind: 'switch', atMs: Date.now(), from, to, reason, by: 'run'}]);
}

/**
 * Writes into the data folder what an attempt has shown of its account.
 *
 * @param home where Codex ran, asking the backend itself.
 * @param model the one that was asked for; null where unknown.
 * @returns what followed; null for nothing.
 */
export async function recordAttempt(
  store: AccountStore,
  {name, home}: Pick<Account, 'name' | 'home'>,
  attempt: Attempt,
  {verdict, model}: {verdict: Verdict | null; model: string | null},
): Promise<Consequence | null> {
  const nowMs = Date.now();
  const end = endOf(attempt, verdict);
  const reading = readingFromRollout(attempt.outcome.rateLimits);
  const usage = store.usage.record([
    {
      ...reading,
      account: name,
      windows: markRefused(reading.windows, end),
      models: await modelsToldSince(home, attempt.startedAtMs),
      source: 'rollout',
      atMs: nowMs,
      ...(end.kind === 'success' ? {workedSinceMs: end.startedAtMs} : {}),
    },
  ]);
  // Each is worth having without the other.
  const [ofUsage, ofEnd] = await Promise.allSettled([usage, recordEnd(store, name, end, {model, nowMs})]);
  if (ofEnd.status === 'rejected') throw ofEnd.reason;
  if (ofUsage.status === 'rejected') throw ofUsage.reason;
  return ofEnd.value;
}

function endOf({startedAtMs, exitCode, interrupted, outcome}: Attempt, verdict: Verdict | null): End {
  const {turnError} = outcome;
  if (verdict === null && exitCode === 0 && turnError === undefined) return {kind: 'success', startedAtMs};
  if (verdict === null && interrupted) return {kind: 'broken-off'};
  return {kind: 'failure', verdict, reason: turnError?.codexErrorInfo ?? `exit code ${exitCode}`};
}
