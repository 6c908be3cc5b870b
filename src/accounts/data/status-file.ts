import {z} from 'zod';

import {MAIN_LIMIT_ID} from '../../codex/usage/rate-limits.js';
import {isStillOut, wasAllowedSince} from './evidence.js';
import {moment} from './moment.js';
import type {AccountUsage} from './usage-file.js';

const time = moment.nullable().default(null);

/** Why an account is not tried by itself any more, until a login or an explicit success clears it. */
const blockSchema = z.looseObject({
  kind: z.enum(['auth', 'dead']),
  reason: z.string(),
  atMs: moment,
});

/** The refusal behind a cooldown. Without one, as in files of older versions, only time or work that succeeds ends it. */
const refusalSchema = z.looseObject({
  atMs: moment,
  resetsAtMs: moment.nullable(),
  reason: z.string(),
  /** The limit is that of the workspace, which no window of this account tells of. */
  ofWorkspace: z.boolean().optional(),
});

/** One account in `account_status.json`. Times in milliseconds since the epoch. */
export const accountStatusSchema = z.looseObject({
  lastAttemptAtMs: time,
  lastSuccessAtMs: time,
  lastQuotaAtMs: time,
  cooldownUntilMs: time,
  consecutiveFailures: z.number().default(0),
  lastError: z.string().nullable().default(null),
  /** Limits of single models: limit id → until when. The account itself stays usable. */
  modelCooldowns: z.record(z.string(), moment).optional(),
  /** Which limit a model was seen to draw on: model → limit id. */
  modelLimits: z.record(z.string(), z.string()).optional(),
  /** What was refused when: limit id (`codex` for `cooldownUntilMs`) → the refusal. */
  refusals: z.record(z.string(), refusalSchema).optional(),
  /** Models that the account does not have: model → until when to believe that. */
  missingModels: z.record(z.string(), moment).optional(),
  blocked: blockSchema.nullish(),
});

export const statusFileSchema = z.looseObject({
  statuses: z.record(z.string(), accountStatusSchema).default({}),
});

export type AccountStatus = z.infer<typeof accountStatusSchema>;
export type AccountBlock = z.infer<typeof blockSchema>;
export type StatusFile = z.infer<typeof statusFileSchema>;

export function emptyStatusFile(): StatusFile {
  return {statuses: {}};
}

export function emptyStatus(): AccountStatus {
  return accountStatusSchema.parse({});
}

/** Milliseconds until the account may be tried again; 0 when it may now. */
export function cooldownRemainingMs(status: AccountStatus, nowMs: number): number {
  return Math.max(0, (status.cooldownUntilMs ?? 0) - nowMs);
}

/** What a quota verdict means for the accounts it concerns. */
export type QuotaRecord = {
  atMs: number;
  untilMs: number;
  /** As the backend told it; null where the rest until `untilMs` is ours. */
  resetsAtMs: number | null;
  reason: string;
  scope: 'account' | 'workspace';
  /** Set when only this model limit is out. */
  limitId?: string;
  /** A model that draws on that limit, where known. */
  model?: string | null;
};

/**
 * After a turn or response that succeeded: whatever was held against the account before it began is over.
 *
 * @param model the one that it used; null where unknown.
 */
export function afterSuccess(
  status: AccountStatus,
  atMs: number,
  startedAtMs: number,
  model: string | null,
): AccountStatus {
  // What began before the quota ran out or the account was refused says nothing of the time after.
  const metQuotaSince = (status.lastQuotaAtMs ?? 0) >= startedAtMs;
  const blockedSince = (status.blocked?.atMs ?? 0) >= startedAtMs;
  const worked = metQuotaSince ? status : withoutCooldown(status, MAIN_LIMIT_ID);
  const limitId = modelLimitOf(status, model);
  const refusedAtMs = limitId === null ? null : (ownValue(status.refusals, limitId)?.atMs ?? null);
  const modelIsBack = limitId !== null && refusedAtMs !== null && refusedAtMs < startedAtMs;
  return {
    ...(modelIsBack ? withoutCooldown(worked, limitId) : worked),
    lastSuccessAtMs: atMs,
    consecutiveFailures: 0,
    lastError: metQuotaSince || blockedSince ? status.lastError : null,
    blocked: blockedSince ? status.blocked : null,
  };
}

/** An ordinary failure: counted, but no reason to pass the account over. */
export function afterFailure(status: AccountStatus, reason: string): AccountStatus {
  return {...status, consecutiveFailures: status.consecutiveFailures + 1, lastError: reason};
}

/**
 * Cooled down, or only one model of it. A reset that the backend tells outweighs what was told before; a rest of our own
 * never shortens a cooldown.
 */
export function afterQuota(status: AccountStatus, quota: QuotaRecord): AccountStatus {
  const {atMs, untilMs, resetsAtMs, reason, scope, limitId = MAIN_LIMIT_ID, model = null} = quota;
  const earlierUntilMs = cooldownOf(status, limitId) ?? 0;
  const goesOn = resetsAtMs === null && earlierUntilMs > untilMs;
  const refusal = {
    atMs,
    resetsAtMs: goesOn ? (ownValue(status.refusals, limitId)?.resetsAtMs ?? null) : resetsAtMs,
    reason,
    ...(scope === 'workspace' ? {ofWorkspace: true} : {}),
  };
  const untilThenMs = goesOn ? earlierUntilMs : untilMs;
  return {
    ...status,
    lastQuotaAtMs: atMs,
    lastError: reason,
    refusals: {...status.refusals, [limitId]: refusal},
    ...(quota.limitId === undefined
      ? {cooldownUntilMs: untilThenMs}
      : {modelCooldowns: {...status.modelCooldowns, [limitId]: untilThenMs}}),
    ...(model === null || quota.limitId === undefined
      ? {}
      : {modelLimits: {...status.modelLimits, [model]: limitId}}),
  };
}

/** The status without what newer figures have taken back (`isStillOut`). */
export function inLightOf(status: AccountStatus, usage: AccountUsage): AccountStatus {
  return Object.entries(status.refusals ?? {}).reduce((current, [limitId, refusal]) => {
    const stands =
      refusal.ofWorkspace === true
        ? !wasAllowedSince(refusal, usage.permission)
        : isStillOut(limitId, refusal, usage.windows);
    return stands ? current : withoutCooldown(current, limitId);
  }, status);
}

/** Until when a limit is out, milliseconds since the epoch, past or not; null for never refused. */
function cooldownOf(status: AccountStatus, limitId: string): number | null {
  if (limitId === MAIN_LIMIT_ID) return status.cooldownUntilMs;
  return ownValue(status.modelCooldowns, limitId) ?? null;
}

/** As if a limit had not been refused. */
export function withoutCooldown(status: AccountStatus, limitId: string): AccountStatus {
  const {refusals, modelCooldowns, lastError} = status;
  return {
    ...status,
    lastError: lastError === ownValue(refusals, limitId)?.reason ? null : lastError,
    ...(refusals === undefined ? {} : {refusals: without(refusals, limitId)}),
    ...(limitId === MAIN_LIMIT_ID
      ? {cooldownUntilMs: null}
      : {modelCooldowns: without(modelCooldowns ?? {}, limitId)}),
  };
}

/** Out of the automatic order until it is logged in again or succeeds. */
export function afterBlock(status: AccountStatus, block: AccountBlock): AccountStatus {
  return {
    ...status,
    blocked: block,
    consecutiveFailures: status.consecutiveFailures + 1,
    lastError: block.reason,
  };
}

/** A fresh login: what was held against the account before is over. */
export function afterLogin(status: AccountStatus): AccountStatus {
  return {
    ...withoutCooldown(status, MAIN_LIMIT_ID),
    blocked: null,
    missingModels: undefined,
    consecutiveFailures: 0,
    lastError: null,
  };
}

/** The limit that a model was seen to draw on, else one of its own name; null for an unknown model. */
export function modelLimitOf(status: AccountStatus, model: string | null): string | null {
  return model === null ? null : (ownValue(status.modelLimits, model) ?? model);
}

/** Own keys only: `constructor` could be a model. */
export function ownValue<T>(entries: Record<string, T> | undefined, key: string): T | undefined {
  return entries !== undefined && Object.hasOwn(entries, key) ? entries[key] : undefined;
}

export function without<T>(entries: Record<string, T>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([other]) => other !== key));
}
