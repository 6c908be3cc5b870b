import {z} from 'zod';

import type {Credits, UsageSource, UsageWindow} from '../../contract/index.js';

const USAGE_SOURCES = ['gateway', 'rollout', 'live'] as const satisfies readonly UsageSource[];

const windowSchema = z.looseObject({
  limitId: z.string(),
  usedPercent: z.number(),
  windowMinutes: z.number().nullable(),
  resetsAtMs: z.number().nullable(),
  source: z.enum(USAGE_SOURCES),
  atMs: z.number(),
  /** The backend itself refused a request for this window: it is full, whatever a poll says until the reset. */
  refused: z.boolean().optional(),
});

const creditsSchema = z.object({
  hasCredits: z.boolean(),
  unlimited: z.boolean(),
  balance: z.string().nullable(),
});

const accountUsageSchema = z.looseObject({
  windows: z.array(windowSchema).default([]),
  credits: creditsSchema.nullish(),
  /** When the credits and the plan were told. */
  creditsAtMs: z.number().nullish(),
  plan: z.string().nullish(),
  /** When the usage endpoint was last asked, whatever it answered. */
  lastPollAtMs: z.number().nullish(),
});

/** `usage.json`. Times in milliseconds since the epoch. */
export const usageFileSchema = z.looseObject({
  accounts: z.record(z.string(), accountUsageSchema).default({}),
});

export type StoredWindow = z.infer<typeof windowSchema>;
export type AccountUsage = z.infer<typeof accountUsageSchema>;
export type UsageFile = z.infer<typeof usageFileSchema>;

/** What one source told of one account at one moment. */
export type UsageSample = {
  account: string;
  windows: readonly (UsageWindow & {refused?: boolean})[];
  source: UsageSource;
  atMs: number;
  credits?: Credits | null;
  plan?: string | null;
  /** False: the backend said that the account is out. */
  allowed?: boolean | null;
};

/**
 * Brings a sample in, window by window: the newest wins, and a refusal that the gateway saw outranks every poll until
 * that window's reset. An answer of the usage endpoint names all windows there are, so older others go.
 */
export function mergeSample(usage: AccountUsage, sample: UsageSample): AccountUsage {
  const {atMs, source} = sample;
  const others = usage.windows.filter(
    (old) =>
      !sample.windows.some((window) => sameWindow(window, old)) && !(source === 'live' && old.atMs <= atMs),
  );
  const told = sample.windows.map((window): StoredWindow => {
    const old = usage.windows.find((candidate) => sameWindow(candidate, window));
    return old && outranks(old, window, sample) ? old : {...window, source, atMs};
  });
  const newer = atMs >= (usage.creditsAtMs ?? 0) && (sample.credits ?? sample.plan ?? null) !== null;
  return {
    ...usage,
    windows: [...others, ...told],
    ...(newer
      ? {
          credits: sample.credits ?? usage.credits ?? null,
          plan: sample.plan ?? usage.plan ?? null,
          creditsAtMs: atMs,
        }
      : {}),
  };
}

export function sameWindow(
  left: Pick<UsageWindow, 'limitId' | 'windowMinutes'>,
  right: Pick<UsageWindow, 'limitId' | 'windowMinutes'>,
): boolean {
  return left.limitId === right.limitId && left.windowMinutes === right.windowMinutes;
}

/** Whether what is stored stays although `window` was told. */
function outranks(old: StoredWindow, window: UsageWindow, {source, atMs}: UsageSample): boolean {
  if (old.atMs > atMs) return true;
  const stillRefused = old.refused === true && old.resetsAtMs !== null && old.resetsAtMs > atMs;
  return stillRefused && source !== 'gateway' && window.usedPercent <= old.usedPercent;
}

/** The windows as they stand at `nowMs`: one whose reset has passed has started over. */
export function windowsAt(usage: AccountUsage, nowMs: number): StoredWindow[] {
  return usage.windows.map((window) =>
    hasReset(window, nowMs) ? {...window, usedPercent: 0, resetsAtMs: null, refused: false} : window,
  );
}

function hasReset({resetsAtMs, windowMinutes, atMs}: StoredWindow, nowMs: number): boolean {
  if (resetsAtMs !== null) return resetsAtMs <= nowMs;
  return windowMinutes !== null && atMs + windowMinutes * 60_000 <= nowMs;
}
