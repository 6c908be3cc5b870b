import {asNumeric, asRecord, asText} from '../../files/json-values.js';
import {resetAtMs} from '../backend/reset-time.js';
import {percentIn, windowMinutesIn} from '../backend/window-figures.js';

/*
 * Answers as `codex app-server generate-json-schema` describes them, read leniently: the protocol is experimental, so
 * what is missing or of another type is null, and what is not known is passed over.
 */

/** The answer of `account/read`. */
export type AccountAnswer = {
  /** `chatgpt`, `apiKey`, `amazonBedrock`, …; null where Codex takes no login from this home. */
  kind: string | null;
  email: string | null;
  plan: string | null;
  workspaceName: string | null;
  userId: string | null;
  /** The backend has said where this account's requests go. Never of a Codex before 0.169, which does not ask. */
  routed: boolean;
};

type RateLimitWindow = {
  /** 0 to 100. */
  usedPercent: number;
  windowMinutes: number | null;
  resetsAtMs: number | null;
};

/** One metered limit. */
export type RateLimit = {
  /** `codex` for the plan's own; null where an older Codex does not name it. */
  limitId: string | null;
  windows: RateLimitWindow[];
  credits: {hasCredits: boolean; unlimited: boolean; balance: string | null} | null;
  /** A member's own part of a workspace's budget. */
  individualLimit: {
    remainingPercent: number | null;
    used: number | null;
    limit: number | null;
    resetsAtMs: number | null;
  } | null;
  spendControlReached: boolean | null;
  /** `rate_limit_reached`, `workspace_member_usage_limit_reached`, …; null while none is. */
  reachedType: string | null;
  plan: string | null;
};

/** A banked reset: it starts the account's windows over when it is spent. */
type ResetCredit = {
  id: string;
  /** `available`, `redeeming`, `redeemed`, … */
  status: string | null;
  title: string | null;
  grantedAtMs: number | null;
  /** Null for never. */
  expiresAtMs: number | null;
};

/** The answer of `account/rateLimits/read`. */
export type RateLimitsAnswer = {
  /** Whether the backend lets the account work now; null where it does not say. */
  ordinaryUsageAllowed: boolean | null;
  limits: RateLimit[];
  /** `credits` is null where only their number is known. Null for a Codex that knows nothing of them. */
  resetCredits: {availableCount: number; credits: ResetCredit[] | null} | null;
};

/** The answer of `account/usage/read`. Tokens are counts. */
export type TokenUsageAnswer = {
  lifetimeTokens: number | null;
  peakDailyTokens: number | null;
  days: {
    /** YYYY-MM-DD */
    date: string;
    tokens: number;
  }[];
  /** What the thread that was asked for is estimated to have cost, in millionths, as a whole and by model. */
  thread: {
    id: string | null;
    creditsMicros: number | null;
    usdMicros: number | null;
    models: {model: string | null; tokens: number | null; creditsMicros: number | null}[];
  } | null;
};

/** The answer of `account/rateLimitResetCredit/consume`; an open set. */
export type ResetOutcome = 'reset' | 'nothingToReset' | 'noCredit' | 'alreadyRedeemed' | (string & {});

export function readAccount(result: unknown): AccountAnswer {
  const root = asRecord(result);
  const account = asRecord(root?.['account']);
  return {
    kind: asText(account?.['type']),
    email: asText(account?.['email']),
    plan: planIn(account),
    workspaceName: asText(account?.['workspaceName']),
    userId: asText(root?.['userId']),
    routed: asRecord(root?.['workspaceRouting']) !== null,
  };
}

export function readRateLimits(result: unknown): RateLimitsAnswer {
  const root = asRecord(result);
  const byId = Object.values(asRecord(root?.['rateLimitsByLimitId']) ?? {});
  // Before there were several limits, there was this one.
  const limits = byId.length > 0 ? byId : [root?.['rateLimits']];
  const resets = asRecord(root?.['rateLimitResetCredits']);
  return {
    ordinaryUsageAllowed: asBoolean(root?.['ordinaryUsageAllowed']),
    limits: limits.flatMap((limit) => readLimit(limit)),
    resetCredits: resets && {
      availableCount: asNumeric(resets['availableCount']) ?? 0,
      credits: Array.isArray(resets['credits']) ? resets['credits'].flatMap(readResetCredit) : null,
    },
  };
}

export function readTokenUsage(result: unknown): TokenUsageAnswer {
  const root = asRecord(result);
  const summary = asRecord(root?.['summary']);
  const thread = asRecord(root?.['threadUsage']);
  return {
    lifetimeTokens: asNumeric(summary?.['lifetimeTokens']),
    peakDailyTokens: asNumeric(summary?.['peakDailyTokens']),
    days: asArray(root?.['dailyUsageBuckets']).flatMap((value) => {
      const bucket = asRecord(value);
      const [date, tokens] = [asText(bucket?.['startDate']), asNumeric(bucket?.['tokens'])];
      return date === null || tokens === null ? [] : [{date, tokens}];
    }),
    thread: thread && {
      id: asText(thread['threadId']),
      creditsMicros: asNumeric(thread['estimatedUsageCreditsMicros']),
      usdMicros: asNumeric(thread['estimatedUsageUsdMicros']),
      models: asArray(thread['groups']).map((value) => {
        const group = asRecord(value);
        return {
          model: asText(group?.['model']),
          tokens: asNumeric(group?.['totalTokens']),
          creditsMicros: asNumeric(group?.['estimatedUsageCreditsMicros']),
        };
      }),
    },
  };
}

/** @returns null where the answer names no outcome. */
export function readResetOutcome(result: unknown): ResetOutcome | null {
  return asText(asRecord(result)?.['outcome']);
}

function readLimit(value: unknown): RateLimit[] {
  const limit = asRecord(value);
  if (!limit) return [];
  const credits = asRecord(limit['credits']);
  const individual = asRecord(limit['individualLimit']);
  return [
    {
      limitId: asText(limit['limitId']),
      windows: [limit['primary'], limit['secondary']].flatMap(readWindow),
      credits: credits && {
        hasCredits: credits['hasCredits'] === true,
        unlimited: credits['unlimited'] === true,
        balance: asText(credits['balance']),
      },
      individualLimit: individual && {
        remainingPercent: percentIn(individual['remainingPercent']),
        used: asNumeric(individual['used']),
        limit: asNumeric(individual['limit']),
        resetsAtMs: resetAtMs(individual['resetsAt']),
      },
      spendControlReached: asBoolean(limit['spendControlReached']),
      reachedType: asText(limit['rateLimitReachedType']),
      plan: planIn(limit),
    },
  ];
}

function readWindow(value: unknown): RateLimitWindow[] {
  const window = asRecord(value);
  const usedPercent = percentIn(window?.['usedPercent']);
  if (!window || usedPercent === null) return [];
  const windowMinutes = windowMinutesIn(window['windowDurationMins']);
  return [{usedPercent, windowMinutes, resetsAtMs: resetAtMs(window['resetsAt'])}];
}

function readResetCredit(value: unknown): ResetCredit[] {
  const credit = asRecord(value);
  const id = asText(credit?.['id']);
  if (!credit || id === null) return [];
  return [
    {
      id,
      status: asText(credit['status']),
      title: asText(credit['title']),
      grantedAtMs: resetAtMs(credit['grantedAt']),
      expiresAtMs: resetAtMs(credit['expiresAt']),
    },
  ];
}

/** Codex says `unknown` for plans that are newer than itself. */
function planIn(record: Record<string, unknown> | null): string | null {
  const plan = asText(record?.['planType']);
  return plan === 'unknown' ? null : plan;
}

function asBoolean(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
