import {Ansis} from 'ansis';

import type {AccountReport, UsageWindow} from '../../src/contract/index.js';
import type {Look} from '../../src/ui/look.js';

/** A Sunday noon; the tests run in UTC. */
export const NOW = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export function look(width: number, {colour = false, unicode = true} = {}): Look {
  return {width, unicode, paint: new Ansis(colour ? 3 : 0), nowMs: NOW};
}

export function window(
  usedPercent: number,
  windowMinutes: number | null,
  resetsInMs: number | null,
  limitId = 'codex',
): UsageWindow {
  return {limitId, usedPercent, windowMinutes, resetsAtMs: resetsInMs === null ? null : NOW + resetsInMs};
}

export function account(name: string, changes: Partial<AccountReport> = {}): AccountReport {
  return {
    name,
    isDefault: false,
    state: 'ready',
    stateReason: null,
    stateUntilMs: null,
    spendsCredits: false,
    loggedIn: true,
    kind: 'chatgpt',
    accountId: `workspace-${name}`,
    organizationId: null,
    tokenExpiresAtMs: NOW + 24 * HOUR,
    tokenExpiresAtIso: new Date(NOW + 24 * HOUR).toISOString(),
    tokenExpiresInMs: 24 * HOUR,
    refreshable: true,
    lastRefreshAtMs: null,
    lastRefreshAtIso: null,
    lastAttemptAtMs: null,
    lastAttemptAtIso: null,
    lastSuccessAtMs: null,
    lastSuccessAtIso: null,
    lastQuotaAtMs: null,
    lastQuotaAtIso: null,
    cooldownUntilMs: null,
    cooldownUntilIso: null,
    cooldownRemainingMs: null,
    modelCooldowns: [],
    missingModels: [],
    consecutiveFailures: 0,
    lastError: null,
    accountDir: `/data/${name}`,
    authFilePath: `/data/${name}/auth.json`,
    email: `${name}@example.test`,
    plan: 'plus',
    userId: `user-${name}`,
    usage: null,
    ...changes,
  };
}

/** One account of every kind, with text that is wide, long or foreign. */
export function everyKind(): AccountReport[] {
  const weekly = window(71, 10_080, 70 * HOUR);
  const fiveHours = window(100, 300, 66 * MINUTE);
  return [
    account('work', {
      isDefault: true,
      usage: {
        windows: [window(42, 300, 2 * HOUR), weekly, window(3, 10_080, 70 * HOUR, 'gpt-6-sol')],
        binding: weekly,
        fetchedAtMs: NOW - 3 * MINUTE,
        source: 'gateway',
        credits: {hasCredits: true, unlimited: false, balance: '12.50'},
      },
    }),
    account('home', {
      state: 'cooldown',
      stateReason: 'usage_limit_reached',
      stateUntilMs: NOW + 66 * MINUTE,
      email: '山田太郎@例え.jp',
      cooldownUntilMs: NOW + 66 * MINUTE,
      cooldownUntilIso: new Date(NOW + 66 * MINUTE).toISOString(),
      cooldownRemainingMs: 66 * MINUTE,
      lastError: 'usage_limit_reached',
      consecutiveFailures: 2,
      modelCooldowns: [{limitId: 'gpt-6-sol', untilMs: NOW + 3 * HOUR}],
      missingModels: [{model: 'gpt-6-luna', untilMs: NOW + 5 * HOUR}],
      usage: {
        windows: [fiveHours, window(0, 43_200, null)],
        binding: fiveHours,
        fetchedAtMs: NOW - 30_000,
        source: 'live',
        credits: null,
      },
    }),
    account('spare', {
      state: 'needs-login',
      stateReason: 'not logged in',
      loggedIn: false,
      email: null,
      plan: null,
    }),
    account('a-name-that-goes-on-and-on-for-the-whole-line', {
      state: 'quarantined',
      stateReason: `deactivated_workspace \u001b[31m${'and a long story '.repeat(8)}`,
    }),
  ];
}
