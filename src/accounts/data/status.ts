import {z} from 'zod';

const time = z.number().nullable().default(null);

/** Why an account is not tried by itself any more, until a login or an explicit success clears it. */
const blockSchema = z.looseObject({
  kind: z.enum(['auth', 'dead']),
  reason: z.string(),
  atMs: z.number(),
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
  modelCooldowns: z.record(z.string(), z.number()).optional(),
  /** Which limit a model was seen to draw on: model → limit id. */
  modelLimits: z.record(z.string(), z.string()).optional(),
  /** Models that the account does not have: model → until when to believe that. */
  missingModels: z.record(z.string(), z.number()).optional(),
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
  reason: string;
  /** Set when only this model limit is out. */
  limitId?: string;
  /** A model that draws on that limit, where known. */
  model?: string | null;
};

/** After a turn or response that succeeded: whatever was held against the account before it began is over. */
export function afterSuccess(status: AccountStatus, atMs: number, startedAtMs: number): AccountStatus {
  // What began before the quota ran out or the account was refused says nothing of the time after.
  const metQuotaSince = (status.lastQuotaAtMs ?? 0) >= startedAtMs;
  const blockedSince = (status.blocked?.atMs ?? 0) >= startedAtMs;
  return {
    ...status,
    lastSuccessAtMs: atMs,
    cooldownUntilMs: metQuotaSince ? status.cooldownUntilMs : null,
    consecutiveFailures: 0,
    lastError: metQuotaSince || blockedSince ? status.lastError : null,
    blocked: blockedSince ? status.blocked : null,
  };
}

/** An ordinary failure: counted, but no reason to pass the account over. */
export function afterFailure(status: AccountStatus, reason: string): AccountStatus {
  return {...status, consecutiveFailures: status.consecutiveFailures + 1, lastError: reason};
}

/** Cooled down, or only one model of it. A later end of an earlier cooldown is never shortened. */
export function afterQuota(status: AccountStatus, quota: QuotaRecord): AccountStatus {
  const {atMs, untilMs, reason, limitId, model} = quota;
  const met = {...status, lastQuotaAtMs: atMs, lastError: reason};
  if (limitId === undefined) return {...met, cooldownUntilMs: Math.max(status.cooldownUntilMs ?? 0, untilMs)};
  const before = new Map(Object.entries(status.modelCooldowns ?? {}));
  return {
    ...met,
    modelCooldowns: {...status.modelCooldowns, [limitId]: Math.max(before.get(limitId) ?? 0, untilMs)},
    ...(model === undefined || model === null
      ? {}
      : {modelLimits: {...status.modelLimits, [model]: limitId}}),
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
    ...status,
    blocked: null,
    cooldownUntilMs: null,
    missingModels: undefined,
    consecutiveFailures: 0,
    lastError: null,
  };
}
