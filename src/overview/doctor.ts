import {noAccountsYet} from '../accounts/data/no-accounts.js';
import type {AccountStore} from '../accounts/store/store.js';
import {DiagnosisExit, isFileProblem, messageOf} from '../errors/index.js';
import type {
  AccountReport,
  Context,
  Diagnosis,
  DoctorContext,
  Finding,
  Thresholds,
} from '../contract/index.js';
import {AskableCodex} from '../codex/app-server/askable-codex.js';
import type {DecideVerdict} from '../extensions/verdict.js';
import {withDeadline} from '../extensions/deadline.js';
import type {ExtensionRegistry, Registered} from '../extensions/extension-registry.js';
import {checkFindings} from '../extensions/validate.js';
import {describeIntention} from '../accounts/data/intention.js';
import {routesDocument} from '../accounts/data/gateway-routes-file.js';
import {dataFileFindings} from './data-files.js';
import {reportAccounts} from './account-reports.js';
import {type LoginCheck, checkLogin, loginFindings} from './login-check.js';
import type {DoPieces, Piece} from './progress.js';

/** Long enough for a Codex that starts slowly; a check that needs longer is itself a finding. */
const CHECK_DEADLINE_MS = 20_000;

/** From here on a plugin's check is worth a word. */
const SLOW_CHECK_MS = 5000;

export const DEFAULT_THRESHOLDS: Thresholds = {expiresWithinHours: 24, maxFailures: 3};

export type DoctorOptions = {
  store: AccountStore;
  extensions: ExtensionRegistry;
  contextFor: (signal: AbortSignal, nowMs: number) => Context;
  thresholds: Thresholds;
  nowMs: number;
  /** How the checks are shown while they run. */
  doPieces: DoPieces;
  /** Asks each account's Codex how it sees the login, and so the network; else `logins` stays empty. */
  askLogins: boolean;
  /** What it means where the backend refuses an account. */
  decide: DecideVerdict;
  /** Told of what could not be looked at. */
  onProblem: (problem: string) => void;
};

/**
 * Runs every check, built in or of a plugin, side by side, and asks about the logins meanwhile. A check that fails is a
 * finding, never an error.
 */
export async function diagnose(options: DoctorOptions): Promise<Diagnosis> {
  const {store, extensions, thresholds, nowMs, doPieces, askLogins, onProblem} = options;
  const ofFiles = await dataFileFindings(store);
  const accounts = await unlessDamaged(() => reportAccounts(store, nowMs, onProblem), []);
  const routes = await unlessDamaged(() => routesDocument(store.folder, onProblem).read(), {homes: {}});
  const routedHomes = Object.keys(routes.homes);
  const checks = await extensions.all('doctor-check');
  const found: Finding[][] = checks.map(() => []);
  const pieces = checks.map((check, at): Piece => ({
    title: check.extension.summary,
    work: async (say) => {
      const findings = await runCheck(check, {accounts, routedHomes}, options);
      found[at] = findings;
      if (findings.length > 0) say(`${check.extension.summary}: ${findings.length} found`);
    },
  }));
  let logins: LoginCheck[] = [];
  const ask: Piece = {
    title: 'the logins, as Codex and the backend see them',
    work: async () => void (logins = await checkLogins(accounts, options)),
  };
  await doPieces([...pieces, ...(askLogins && accounts.length > 0 ? [ask] : [])], {sideBySide: true});
  const checked = found.flat();
  const asked = logins.flatMap((login) =>
    loginFindings(
      login,
      accounts.find(({name}) => name === login.report.account),
    ),
  );
  const issues = [
    ...(accounts.length === 0 && ofFiles.length === 0 ? [noAccountsFound()] : []),
    ...ofFiles,
    ...checked,
    ...asked.filter((finding) => !isExplained(finding, checked)),
    ...(await halfDone(store)),
    ...(await brokenExtensions(extensions)),
  ];
  return {
    generatedAt: new Date(nowMs).toISOString(),
    thresholds,
    totals: totals(accounts, issues),
    issues,
    logins: logins.map(({report}) => report),
  };
}

/** What a file holds; `instead` where it cannot be read, which is a finding of its own. */
async function unlessDamaged<T>(read: () => Promise<T>, instead: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isFileProblem(error)) throw error;
    return instead;
  }
}

/** The exit code that tells the worst of what was found. */
export function diagnosisExit({totals: {errors, warnings}}: Diagnosis): number {
  if (errors > 0) return DiagnosisExit.errors;
  return warnings > 0 ? DiagnosisExit.warnings : DiagnosisExit.ok;
}

function noAccountsFound(): Finding {
  const {message, suggestions} = noAccountsYet();
  return {code: 'no_accounts', severity: 'error', account: null, message, fix: suggestions.join('. ')};
}

async function checkLogins(
  accounts: readonly AccountReport[],
  {decide}: DoctorOptions,
): Promise<LoginCheck[]> {
  const codex = await AskableCodex.find();
  const signal = AbortSignal.timeout(CHECK_DEADLINE_MS);
  const checks = await Promise.all(
    accounts.map(({name, accountDir}) => checkLogin({name, home: accountDir, codex, decide, signal})),
  );
  return checks.filter((check) => check !== null);
}

async function runCheck(
  {extension, package: packageName, builtIn}: Registered<'doctor-check'>,
  known: Pick<DoctorContext, 'accounts' | 'routedHomes'>,
  {contextFor, thresholds, nowMs}: DoctorOptions,
): Promise<Finding[]> {
  const startedAtMs = performance.now();
  try {
    const answer = await withDeadline(CHECK_DEADLINE_MS, (signal) => {
      const context: DoctorContext = {...contextFor(signal, nowMs), ...known, thresholds};
      return extension.run(context);
    });
    const findings = checkFindings(answer);
    const tookMs = performance.now() - startedAtMs;
    const slow = !builtIn && tookMs > SLOW_CHECK_MS ? [slowPlugin(packageName, extension.id, tookMs)] : [];
    return [...findings, ...slow];
  } catch (error) {
    const message = `The check "${extension.id}" of ${packageName} failed: ${messageOf(error)}`;
    return [{code: 'check_failed', severity: 'warn', account: null, message, fix: pluginFix(packageName)}];
  }
}

/** What killed commands have left, and this one has not been able to finish before it began. */
async function halfDone(store: AccountStore): Promise<Finding[]> {
  const orphans = await store.intentions.orphans().catch(() => store.intentions.pending());
  return orphans.map(({path, kind, intention}) =>
    intention === null
      ? {
          code: 'change_unknown',
          severity: 'warn',
          account: null,
          message: `A newer cao was stopped in a change that this version does not know (${kind}): ${path}.`,
          fix: 'Run any command of that version, which finishes it.',
        }
      : {
          code: 'change_half_done',
          severity: 'error',
          account: null,
          message: `A cao that was stopped has left ${describeIntention(intention)} half done, and it cannot be finished yet: ${path}.`,
          fix: 'Mend what the warnings of this command name; the next command finishes it.',
        },
  );
}

/** Plugins and extensions of theirs that cannot be used. */
async function brokenExtensions(extensions: ExtensionRegistry): Promise<Finding[]> {
  await extensions.inspect();
  return extensions.problems.map(({package: packageName, kind, id, message}) => ({
    code: 'plugin_broken',
    severity: 'warn',
    account: null,
    message: `${kind === null ? 'The plugin' : [kind, id].filter((part) => part !== null).join(' ') + ' of'} ${packageName}: ${message}.`,
    fix: pluginFix(packageName),
  }));
}

function slowPlugin(packageName: string, id: string, tookMs: number): Finding {
  return {
    code: 'plugin_slow',
    severity: 'warn',
    account: null,
    message: `The check "${id}" of ${packageName} took ${Math.round(tookMs / 1000)} s.`,
    fix: pluginFix(packageName),
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

/** Whether a check has found already why Codex does not take a login. */
function isExplained({code, account}: Finding, checked: readonly Finding[]): boolean {
  const why = ['login_endangered', 'login_unread'];
  return (
    code === 'login_not_taken' &&
    checked.some((other) => other.account === account && why.includes(other.code))
  );
}
