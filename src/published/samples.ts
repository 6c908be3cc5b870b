import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';

import type {AccountReport, Context, DoctorContext, Outcome, Report} from '../contract/index.js';

const NOW_MS = Date.UTC(2026, 0, 15, 12);

/** An account as `cao status --json` shows it, with the parts that a test is about. */
export function sampleAccount(parts: Partial<AccountReport> = {}): AccountReport {
  const dataDir = join(homedir(), '.codex-account-orchestrator');
  return {
    name: 'work',
    isDefault: true,
    state: 'ready',
    stateReason: null,
    stateUntilMs: null,
    spendsCredits: false,
    loggedIn: true,
    kind: 'chatgpt',
    accountId: 'ws-1',
    organizationId: null,
    tokenExpiresAtMs: NOW_MS + 3_600_000,
    tokenExpiresAtIso: new Date(NOW_MS + 3_600_000).toISOString(),
    tokenExpiresInMs: 3_600_000,
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
    consecutiveFailures: 0,
    lastError: null,
    accountDir: join(dataDir, 'work'),
    authFilePath: join(dataDir, 'work', 'auth.json'),
    email: 'ann@example.com',
    plan: 'plus',
    userId: 'user-1',
    modelCooldowns: [],
    missingModels: [],
    usage: null,
    ...parts,
  };
}

/** A report with the ordinary, the awkward and the empty among its accounts. */
export function sampleReport(): Report {
  const limit = {limitId: 'codex', usedPercent: 100, windowMinutes: 300, resetsAtMs: NOW_MS + 60_000};
  return {
    generatedAt: new Date(NOW_MS).toISOString(),
    accounts: [
      sampleAccount(),
      sampleAccount({
        name: 'out',
        isDefault: false,
        state: 'cooldown',
        stateUntilMs: NOW_MS + 60_000,
        cooldownUntilMs: NOW_MS + 60_000,
        cooldownUntilIso: new Date(NOW_MS + 60_000).toISOString(),
        cooldownRemainingMs: 60_000,
        consecutiveFailures: 3,
        lastError: 'a "quoted", <b>long</b> | error\nover two lines',
        usage: {windows: [limit], binding: limit, credits: null, fetchedAtMs: NOW_MS, source: 'live'},
      }),
      sampleAccount({
        name: 'new',
        isDefault: false,
        state: 'needs-login',
        stateReason: 'not logged in',
        loggedIn: false,
        email: null,
        plan: null,
        userId: null,
      }),
    ],
  };
}

/** Failures of the kinds that a detector meets. */
export function sampleOutcomes(): Outcome[] {
  return [
    {source: 'process', exitCode: 1},
    {source: 'process', exitCode: null, outputTail: 'ERROR: something went wrong\n'},
    {source: 'process', exitCode: 1, turnError: {message: 'no', codexErrorInfo: 'other'}},
    {source: 'http', status: 429, headers: {}, body: {error: {type: 'usage_limit_reached'}}},
    {source: 'http', status: 500, headers: {}, body: '<html>'},
    {source: 'websocket', status: 400, body: null},
  ];
}

/** What the host hands to a call; the warnings of the extension are collected in `warnings`. */
export function sampleContext(parts: Partial<Context> = {}): Context & {warnings: string[]} {
  const warnings: string[] = [];
  return {
    signal: new AbortController().signal,
    homeDir: join(tmpdir(), 'no-such-home'),
    dataDir: join(tmpdir(), 'no-such-home', '.codex-account-orchestrator'),
    nowMs: NOW_MS,
    settings: {},
    warn: (message) => void warnings.push(message),
    warnings,
    ...parts,
  };
}

/** {@link sampleContext} for a doctor check. */
export function sampleDoctorContext(parts: Partial<DoctorContext> = {}): DoctorContext {
  return {
    ...sampleContext(),
    accounts: sampleReport().accounts,
    routedHomes: [],
    thresholds: {expiresWithinHours: 24, maxFailures: 3},
    ...parts,
  };
}
