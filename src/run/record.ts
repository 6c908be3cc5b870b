import {appendHistory} from '../accounts/history.js';
import {workspaceMembers} from '../accounts/identities.js';
import type {AccountStore} from '../accounts/store.js';
import {spentWindows, windowsFromRollout} from '../codex/usage/rate-limits.js';
import type {Verdict} from '../contract/index.js';
import type {Attempt} from './attempt.js';

/** How long an account rests when the backend did not say when its quota returns. */
export const DEFAULT_COOLDOWN_MS = 15 * 60_000;

/** A reset time in the past (a clock that is off) must not make two accounts take turns without a pause. */
const SHORTEST_COOLDOWN_MS = 1000;

/** Writes down that the work went from one account to the next. */
export async function recordFallback(
  store: AccountStore,
  from: string,
  to: string,
  reason: string,
): Promise<void> {
  await appendHistory(store.folder, [{kind: 'switch', atMs: Date.now(), from, to, reason, by: 'run'}]);
}

/** Writes into the data folder what an attempt has shown of its account. */
export async function recordAttempt(
  store: AccountStore,
  name: string,
  {startedAtMs, exitCode, interrupted, outcome}: Attempt,
  verdict: Verdict | null,
): Promise<void> {
  const nowMs = Date.now();
  const windows = windowsFromRollout(outcome.rateLimits);
  if (windows.length > 0) {
    const spent = verdict?.kind === 'quota' ? spentWindows(windows) : [];
    const told = windows.map((window) => (spent.includes(window) ? {...window, refused: true} : window));
    await store.usage.recordUsage(name, told, 'rollout', nowMs);
  }
  if (verdict?.kind === 'quota') {
    const untilMs = Math.max(
      verdict.until?.getTime() ?? nowMs + DEFAULT_COOLDOWN_MS,
      nowMs + SHORTEST_COOLDOWN_MS,
    );
    const names =
      verdict.scope === 'workspace' ? await workspaceMembers(await store.accounts(), name) : [name];
    await store.recordQuota(names, {
      atMs: nowMs,
      untilMs,
      reason: verdict.reason,
      ...(verdict.scope === 'model' && verdict.limitId !== undefined ? {limitId: verdict.limitId} : {}),
    });
  } else if (verdict?.kind === 'auth' || verdict?.kind === 'dead') {
    await store.recordBlocked(name, {kind: verdict.kind, reason: verdict.reason, atMs: nowMs});
  } else if (exitCode === 0 && outcome.turnError === undefined) {
    await store.recordSuccess(name, nowMs, startedAtMs);
  } else if (!interrupted) {
    await store.recordFailure(
      name,
      verdict?.reason ?? outcome.turnError?.codexErrorInfo ?? `exit code ${exitCode}`,
    );
  }
}
