import {z} from 'zod';

import type {AccountStore} from '../accounts/store.js';
import {ExitCode, messageOf} from '../errors.js';
import {
  type AccountReport,
  type Context,
  type DoctorContext,
  EXTENSION_HOOKS,
  type ExtensionKind,
  type Finding,
} from '../extensions/contract.js';
import {withDeadline} from '../extensions/deadline.js';
import type {ExtensionRegistry, Registered} from '../extensions/registry.js';
import {type Tasks, runTasks} from '../ui/tasks.js';
import {reportAccounts} from './account-reports.js';

/** Long enough for a Codex that starts slowly; a check that needs longer is itself a finding. */
const CHECK_DEADLINE_MS = 20_000;

export type Thresholds = {expiresWithinHours: number; maxFailures: number};

export const DEFAULT_THRESHOLDS: Thresholds = {expiresWithinHours: 24, maxFailures: 3};

/** What `cao doctor --json` prints. */
export type Diagnosis = {
  generatedAt: string;
  thresholds: Thresholds;
  /** `ok`: accounts without a finding. */
  totals: {accounts: number; ok: number; warnings: number; errors: number};
  issues: Finding[];
};

/** An installed package as far as a diagnosis needs it. */
export type InstalledPlugin = {name: string; hasManifest: boolean};

export type DoctorOptions = {
  store: AccountStore;
  extensions: ExtensionRegistry;
  contextFor: (signal: AbortSignal, nowMs: number) => Context;
  plugins: readonly InstalledPlugin[];
  thresholds: Thresholds;
  nowMs: number;
  /** No progress on stderr. */
  quiet: boolean;
};

/** Runs every check, built in or of a plugin, side by side. A check that fails is a finding, never an error. */
export async function diagnose(options: DoctorOptions): Promise<Diagnosis> {
  const {store, extensions, thresholds, nowMs, quiet, plugins} = options;
  const accounts = await reportAccounts(store, nowMs);
  const checks = await extensions.all('doctor-check');
  const found: Finding[][] = checks.map(() => []);
  const tasks: Tasks<object> = checks.map((check, at) => ({
    title: check.extension.summary,
    task: async (_, task) => {
      const findings = await runCheck(check, accounts, options);
      found[at] = findings;
      if (findings.length > 0) task.title = `${check.extension.summary}: ${findings.length} found`;
    },
  }));
  await runTasks({}, tasks, {json: quiet, concurrent: true});
  const issues = [
    ...(accounts.length === 0 ? [NO_ACCOUNTS] : []),
    ...found.flat(),
    ...(await brokenExtensions(extensions)),
    ...plugins.filter(({hasManifest}) => !hasManifest).map(slowPlugin),
  ];
  return {generatedAt: new Date(nowMs).toISOString(), thresholds, totals: totals(accounts, issues), issues};
}

/** 0 nothing found, 1 warnings, 2 errors. */
export function diagnosisExit({totals: {errors, warnings}}: Diagnosis): number {
  if (errors > 0) return ExitCode.usage;
  return warnings > 0 ? ExitCode.failure : ExitCode.ok;
}

const NO_ACCOUNTS: Finding = {
  code: 'no_accounts',
  severity: 'error',
  account: null,
  message: 'There is no account yet.',
  fix: 'cao add NAME (or take them over from another tool: cao import)',
};

const findingsSchema = z.array(
  z.object({
    code: z.string().regex(/^[a-z0-9_]+$/),
    severity: z.enum(['warn', 'error']),
    account: z.string().nullable(),
    message: z.string(),
    fix: z.string().optional(),
  }),
);

async function runCheck(
  {extension, package: packageName}: Registered<'doctor-check'>,
  accounts: readonly AccountReport[],
  {contextFor, thresholds, nowMs}: DoctorOptions,
): Promise<Finding[]> {
  try {
    const answer = await withDeadline(CHECK_DEADLINE_MS, (signal) => {
      const context: DoctorContext = {...contextFor(signal, nowMs), accounts, thresholds};
      return extension.run(context);
    });
    const checked = findingsSchema.safeParse(answer);
    if (checked.success) return checked.data as Finding[];
    throw new Error(`its findings have another shape: ${checked.error.issues[0]?.message ?? ''}`);
  } catch (error) {
    const message = `The check "${extension.id}" of ${packageName} failed: ${messageOf(error)}`;
    return [{code: 'check_failed', severity: 'warn', account: null, message, fix: pluginFix(packageName)}];
  }
}

/** What the packages' hooks of all kinds brought that cannot be used. */
async function brokenExtensions(extensions: ExtensionRegistry): Promise<Finding[]> {
  const kinds = Object.keys(EXTENSION_HOOKS) as ExtensionKind[];
  await Promise.all(kinds.map((kind) => extensions.all(kind)));
  return extensions.problems.map(({package: packageName, kind, id, message}) => ({
    code: 'plugin_broken',
    severity: 'warn',
    account: null,
    message: `${id === null ? `A ${kind}` : `The ${kind} "${id}"`} of ${packageName} is left out: ${message}`,
    fix: pluginFix(packageName),
  }));
}

function slowPlugin({name}: InstalledPlugin): Finding {
  return {
    code: 'plugin_slow',
    severity: 'warn',
    account: null,
    message: `The plugin ${name} has no oclif manifest, so every command loads all of it first.`,
    fix: `Its author can add one (npx oclif manifest). Without it: cao plugins uninstall ${name}`,
  };
}

function pluginFix(packageName: string): string {
  return `Update it, or take it out: cao plugins uninstall ${packageName}`;
}

function totals(accounts: readonly AccountReport[], issues: readonly Finding[]): Diagnosis['totals'] {
  const concerned = new Set(issues.map(({account}) => account));
  return {
    accounts: accounts.length,
    ok: accounts.filter(({name}) => !concerned.has(name)).length,
    warnings: issues.filter(({severity}) => severity === 'warn').length,
    errors: issues.filter(({severity}) => severity === 'error').length,
  };
}
