import {MAIN_LIMIT_ID, isFull, isOfLimit} from '../../codex/usage/rate-limits.js';
import type {UsageWindow, Verdict} from '../../contract/index.js';
import {afterHaving, afterMissing} from './missing-models.js';
import {statusAsOf} from '../data/clock-ahead.js';
import {type AccountStatus, afterBlock, afterFailure, afterQuota, afterSuccess} from '../data/status-file.js';

/** A reset time in the past (a clock that is off) must not make two accounts take turns without a pause. */
const SHORTEST_REST_MS = 1000;

/** How the work that an account was given ended. */
export type End =
  | {
      kind: 'success';
      /** When it began: what happened to the account since then is newer. */
      startedAtMs: number;
    }
  | {
      kind: 'failure';
      /** Null where no detector knows the failure. */
      verdict: Verdict | null;
      /** What to remember where the verdict names no cause. */
      reason: string;
    }
  /** Broken off by the user, the client or the network: says nothing of the account. */
  | {kind: 'broken-off'};

/** What an end changes in the status of its account, or of all accounts of its workspace. */
export type Consequence =
  | {kind: 'success'; scope: 'account'; startedAtMs: number; model: string | null}
  | {
      kind: 'cooldown';
      scope: 'account' | 'workspace';
      untilMs: number;
      /** When the backend said that the quota returns; null where the rest until then is ours. */
      resetsAtMs: number | null;
      reason: string;
    }
  /** Only the limit behind a model is out; `model` is one that draws on it, where known. */
  | {
      kind: 'model-cooldown';
      scope: 'account';
      limitId: string;
      model: string | null;
      untilMs: number;
      resetsAtMs: number | null;
      reason: string;
    }
  /** The account does not have the model; so it is believed until then. */
  | {kind: 'model-missing'; scope: 'account'; model: string; untilMs: number; reason: string}
  | {kind: 'block'; scope: 'account'; block: 'auth' | 'dead'; reason: string}
  | {kind: 'failure'; scope: 'account'; reason: string};

export type EndContext = {
  /** The model that was asked for; null where unknown. */
  model: string | null;
  /** See `UsePolicy`. */
  restMs: number;
  nowMs: number;
};

/**
 * The one decision on what an end means for its account. What is the request's own fault, or concerns what another
 * account left in it, is held against nobody.
 *
 * @returns null when nothing changes.
 */
export function consequenceOf(end: End, context: EndContext): Consequence | null {
  if (end.kind === 'broken-off') return null;
  if (end.kind === 'success')
    return {kind: 'success', scope: 'account', startedAtMs: end.startedAtMs, model: context.model};
  const {verdict} = end;
  switch (verdict?.kind) {
    case 'quota':
      return quotaConsequence(verdict, context);
    case 'auth':
    case 'dead':
      return {kind: 'block', scope: 'account', block: verdict.kind, reason: verdict.reason};
    case 'request':
    case 'affinity':
      return null;
    case 'overload':
    case undefined:
      return {kind: 'failure', scope: 'account', reason: verdict?.reason ?? end.reason};
  }
}

function quotaConsequence(
  {scope, until, limitId, lacks, reason}: Extract<Verdict, {kind: 'quota'}>,
  {model, restMs, nowMs}: EndContext,
): Consequence {
  // A plugin may give a date that is none.
  const told = until?.getTime() ?? NaN;
  const resetsAtMs = Number.isNaN(told) ? null : told;
  const untilMs = Math.max(resetsAtMs ?? nowMs + restMs, nowMs + SHORTEST_REST_MS);
  // The name that requests go by counts, however an error spells it.
  if (lacks !== undefined)
    return {kind: 'model-missing', scope: 'account', model: model ?? lacks, untilMs, reason};
  const rest = {untilMs, resetsAtMs, reason};
  if (scope !== 'model') return {kind: 'cooldown', scope, ...rest};
  // A model's limit that can be told apart by neither its id nor its model is the account's as far as anyone can act.
  const limit = limitId ?? model;
  if (limit === null) return {kind: 'cooldown', scope: 'account', ...rest};
  return {kind: 'model-cooldown', scope: 'account', limitId: limit, model, ...rest};
}

/** The status of an account after a consequence that came about at `atMs`, which is now. */
export function applyConsequence(
  before: AccountStatus,
  consequence: Consequence,
  atMs: number,
): AccountStatus {
  const status = statusAsOf(before, atMs);
  switch (consequence.kind) {
    case 'success':
      return afterHaving(
        afterSuccess(status, atMs, consequence.startedAtMs, consequence.model),
        consequence.model,
      );
    case 'cooldown':
    case 'model-cooldown':
      return afterQuota(status, {atMs, ...consequence});
    case 'model-missing':
      return afterMissing(status, consequence, atMs);
    case 'block':
      return afterBlock(status, {kind: consequence.block, reason: consequence.reason, atMs});
    case 'failure':
      return afterFailure(status, consequence.reason);
  }
}

/**
 * The windows that a refusal was about: those of its limit that are full, marked as refused. The others are told as they
 * are.
 */
export function markRefused<W extends UsageWindow>(
  windows: readonly W[],
  end: End,
): (W & {refused?: boolean})[] {
  const quota = end.kind === 'failure' && end.verdict?.kind === 'quota' ? end.verdict : null;
  if (quota === null) return [...windows];
  const limitId = quota.scope === 'model' ? quota.limitId : MAIN_LIMIT_ID;
  return windows.map((window) =>
    limitId !== undefined && isOfLimit(window, limitId) && isFull(window)
      ? {...window, refused: true}
      : window,
  );
}

/** The accounts that a consequence on one of them reaches. `workspaces`: each account's workspace, null for none. */
export function accountsReached(
  {scope}: Consequence,
  name: string,
  workspaces: ReadonlyMap<string, string | null>,
): string[] {
  const workspace = workspaces.get(name) ?? null;
  if (scope === 'account' || workspace === null) return [name];
  return [
    name,
    ...[...workspaces].flatMap(([other, its]) => (other !== name && its === workspace ? [other] : [])),
  ];
}
