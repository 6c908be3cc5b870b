import {z} from 'zod';

const time = z.number().nullable().default(null);

/** Why an account is not tried by itself any more, until a login or an explicit success clears it. */
const blockSchema = z.looseObject({
  kind: z.enum(['auth', 'dead']),
  reason: z.string(),
  atMs: z.number(),
});

/** One account in `account_status.json`. Times in milliseconds since the epoch. */
const accountStatusSchema = z.looseObject({
  lastAttemptAtMs: time,
  lastSuccessAtMs: time,
  lastQuotaAtMs: time,
  cooldownUntilMs: time,
  consecutiveFailures: z.number().default(0),
  lastError: z.string().nullable().default(null),
  /** Limits of single models: limit id → until when. The account itself stays usable. */
  modelCooldowns: z.record(z.string(), z.number()).optional(),
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
};

/** After a turn or response that succeeded: whatever was held against the account is over. */
export function afterSuccess(status: AccountStatus, atMs: number, startedAtMs: number): AccountStatus {
  // What began before the quota ran out says nothing of the time after.
  const isNews = (status.lastQuotaAtMs ?? 0) < startedAtMs;
  return {
    ...status,
    lastSuccessAtMs: atMs,
    cooldownUntilMs: isNews ? null : status.cooldownUntilMs,
    consecutiveFailures: 0,
    lastError: null,
    blocked: null,
  };
}

/** An ordinary failure: counted, but no reason to pass the account over. */
export function afterFailure(status: AccountStatus, reason: string): AccountStatus {
  return {...status, consecutiveFailures: status.consecutiveFailures + 1, lastError: reason};
}

/** Cooled down, or only one model of it. A later end of an earlier cooldown is never shortened. */
export function afterQuota(status: AccountStatus, quota: QuotaRecord): AccountStatus {
  return {
    ...status,
    lastQuotaAtMs: quota.atMs,
    lastError: quota.reason,
    ...(quota.limitId === undefined
      ? {cooldownUntilMs: Math.max(status.cooldownUntilMs ?? 0, quota.untilMs)}
      : {modelCooldowns: {...status.modelCooldowns, [quota.limitId]: quota.untilMs}}),
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
