import {z} from 'zod';

import type {Credits, UsageSource, UsageWindow} from '../../contract/index.js';
import {nearestPercent, windowMinutesIn} from '../../codex/backend/window-figures.js';
import {stopsAccount} from '../../codex/usage/rate-limits.js';
import {refusalOutweighs} from './evidence.js';
import {moment} from './moment.js';

const USAGE_SOURCES = ['gateway', 'rollout', 'live'] as const satisfies readonly UsageSource[];

const windowSchema = z.looseObject({
  limitId: z.string(),
  usedPercent: z.number().transform(nearestPercent),
  windowMinutes: z.number().nullable().transform(windowMinutesIn),
  resetsAtMs: moment.nullable(),
  source: z.enum(USAGE_SOURCES),
  atMs: moment,
  /** The backend itself refused a request for this window, at that time. */
  refused: z.boolean().optional(),
});

const creditsSchema = z.looseObject({
  hasCredits: z.boolean(),
  unlimited: z.boolean(),
  balance: z.string().nullable(),
});

const accountUsageSchema = z.looseObject({
  windows: z.array(windowSchema).default([]),
  credits: creditsSchema.nullish(),
  /** When the credits and the plan were told, and by whom. */
  creditsAtMs: moment.nullish(),
  creditsSource: z.enum(USAGE_SOURCES).nullish(),
  plan: z.string().nullish(),
  /** What the backend last said of whether the account may go on at all, and when. */
  permission: z.looseObject({allowed: z.boolean(), atMs: moment}).nullish(),
  /** The models that the backend offers the account, by name, and when it was asked for them. */
  models: z.looseObject({names: z.array(z.string()), atMs: moment}).nullish(),
  /** When the usage endpoint was last asked, whatever it answered. */
  lastPollAtMs: moment.nullish(),
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
  /** Names of the models that the account is offered; null where nobody asked. */
  models?: readonly string[] | null;
  /** Told with work that began then and succeeded: what was refused before is over. */
  workedSinceMs?: number;
};

/**
 * Brings a sample in, window by window, by the rule on evidence (`refusalOutweighs`): the newest wins, and a refusal
 * outweighs the figures that lag behind it. An answer of the usage endpoint names all windows there are, so older others go.
 */
export function mergeSample(before: AccountUsage, sample: UsageSample): AccountUsage {
  const {atMs, source, workedSinceMs} = sample;
  const usage = workedSinceMs === undefined ? before : withoutRefusals(before, workedSinceMs);
  const stored = keyed(usage.windows);
  const told = keyed(sample.windows);
  const others = [...stored].filter(
    ([key, old]) => !told.has(key) && !(source === 'live' && old.atMs <= atMs),
  );
  const merged = [...told].map(([key, window]): StoredWindow => {
    const old = stored.get(key);
    return old && outweighs(old, window, atMs) ? old : {...window, source, atMs};
  });
  const newer = atMs >= (usage.creditsAtMs ?? 0) && (sample.credits ?? sample.plan ?? null) !== null;
  const allowed = sample.allowed ?? null;
  const models = sample.models ?? null;
  return {
    ...usage,
    windows: [...others.map(([, window]) => window), ...merged],
    ...(newer
      ? {
          credits: sample.credits ?? usage.credits ?? null,
          plan: sample.plan ?? usage.plan ?? null,
          creditsAtMs: atMs,
          creditsSource: source,
        }
      : {}),
    ...(allowed !== null && atMs >= (usage.permission?.atMs ?? 0) ? {permission: {allowed, atMs}} : {}),
    ...(models !== null && atMs >= (usage.models?.atMs ?? 0) ? {models: {names: [...models], atMs}} : {}),
  };
}

/** Whether work that began at a time and succeeded takes something back that is stored. */
export function takesBack({windows, permission}: AccountUsage, startedAtMs: number): boolean {
  const refusedBefore = windows.some((window) => isRefuted(window, startedAtMs));
  return refusedBefore || (permission?.allowed === false && permission.atMs < startedAtMs);
}

/** Work says nothing of the limits of single models: it may have been another model's. */
function isRefuted(window: StoredWindow, startedAtMs: number): boolean {
  return window.refused === true && window.atMs < startedAtMs && stopsAccount(window);
}

/** How much of a window that was refused is used, is not known once work has succeeded; the next answer tells. */
function withoutRefusals(usage: AccountUsage, startedAtMs: number): AccountUsage {
  if (!takesBack(usage, startedAtMs)) return usage;
  const {permission = null, windows} = usage;
  return {
    ...usage,
    windows: windows.filter((window) => !isRefuted(window, startedAtMs)),
    permission: permission?.allowed === false && permission.atMs < startedAtMs ? null : permission,
  };
}

/**
 * Windows by what tells them apart in two samples: their limit and length. Several of one length, as those of unknown
 * length may be, are different ones, told in the same order each time.
 */
export function keyed<W extends Pick<UsageWindow, 'limitId' | 'windowMinutes'>>(
  windows: readonly W[],
): Map<string, W> {
  const byKey = new Map<string, W>();
  for (const window of windows) {
    const name = JSON.stringify([window.limitId, window.windowMinutes]);
    let key = name;
    for (let place = 2; byKey.has(key); place += 1) key = `${name} ${place}`;
    byKey.set(key, window);
  }
  return byKey;
}

/** Whether what is stored stays although `window` was told at `atMs`. */
function outweighs(old: StoredWindow, window: UsageSample['windows'][number], atMs: number): boolean {
  if (old.atMs > atMs) return true;
  return old.refused === true && window.refused !== true && refusalOutweighs(old, {...window, atMs});
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
