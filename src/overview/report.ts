import {join, resolve} from 'node:path';

import {readHistory} from '../accounts/store/history.js';
import {CaoError, hasErrorCode, messageOf, reasonOf, systemProblem, usageError} from '../errors/index.js';
import type {AccountReport, Finding, Report, ReportFormatter} from '../contract/index.js';
import {withDeadline} from '../extensions/deadline.js';
import type {ExtensionRegistry} from '../extensions/extension-registry.js';
import {statIfThere} from '../files/absent.js';
import {writePrivateFile} from '../files/atomic-write.js';
import {reportAccounts} from './account-reports.js';
import {DEFAULT_THRESHOLDS, type DoctorOptions, diagnose} from './doctor.js';
import {doQuietly} from './progress.js';
import {caoLine} from '../files/text/shell-words.js';

const HISTORY_MS = 7 * 86_400_000;
const FORMAT_DEADLINE_MS = 10_000;

/** What people type for the formats that have another id. */
const ALIASES: Readonly<Record<string, string>> = {md: 'markdown'};

/** These say what `cao status --json` says and no more; every other format gets the whole picture. */
const PLAIN_FORMATS = new Set(['markdown', 'json']);

/** @throws CaoError `usage` (exit 2) naming the formats there are. */
export async function findFormatter(extensions: ExtensionRegistry, format: string): Promise<ReportFormatter> {
  const all = await extensions.all('report-formatter');
  const found = all.find(({extension}) => extension.id === (ALIASES[format] ?? format));
  if (found) return found.extension;
  throw usageError(
    `There is no report format "${format}".`,
    `The formats are: ${all.map(({extension}) => extension.id).join(', ')}`,
  );
}

/** The report for a format. Formats that are made to be passed on get masked e-mail addresses unless `unmasked`. */
export async function makeReport(
  options: Omit<DoctorOptions, 'thresholds' | 'askLogins'>,
  formatId: string,
  unmasked: boolean,
): Promise<Report> {
  const {store, nowMs, onProblem} = options;
  const generatedAt = new Date(nowMs).toISOString();
  const accounts = await reportAccounts(store, nowMs, onProblem);
  if (PLAIN_FORMATS.has(formatId)) return {generatedAt, accounts};
  const [{issues: findings}, history] = await Promise.all([
    diagnose({...options, thresholds: DEFAULT_THRESHOLDS, askLogins: false, doPieces: doQuietly}),
    readHistory(store.folder, nowMs - HISTORY_MS),
  ]);
  const report = {generatedAt, accounts, findings, history};
  return unmasked ? report : masked(report);
}

/** @throws CaoError `format_failed` when a plugin's formatter throws, hangs or gives no text. */
export async function formatReport(formatter: ReportFormatter, report: Report): Promise<string> {
  try {
    const text: unknown = await withDeadline(FORMAT_DEADLINE_MS, () => formatter.format(report));
    if (typeof text !== 'string') throw new Error('it gave no text');
    return text;
  } catch (error) {
    throw new CaoError(`The report format "${formatter.id}" failed: ${messageOf(error)}`, {
      code: 'format_failed',
      cause: error,
      suggestions: [
        `Use another: ${caoLine('report', '--format', 'markdown')}`,
        `See what is wrong: ${caoLine('doctor')}`,
      ],
    });
  }
}

/** Writes a report where `--output` says; into a folder under a name with its day. @returns the file. */
export async function writeReport(
  output: string,
  text: string,
  formatter: ReportFormatter,
  report: Report,
): Promise<string> {
  const path = resolve(output);
  const name = `cao-report-${report.generatedAt.slice(0, 10)}.${formatter.extension}`;
  let file = path;
  try {
    if ((await statIfThere(path))?.isDirectory()) file = join(path, name);
    await writePrivateFile(file, text.endsWith('\n') ? text : `${text}\n`);
  } catch (error) {
    const why = hasErrorCode(error, 'ENOENT') ? 'there is no such folder' : reasonOf(error);
    throw new CaoError(`The report cannot be written to ${file}: ${why}.`, {
      code: 'output_failed',
      cause: error,
      suggestions: [
        ...(systemProblem(error)?.suggestions ?? []),
        'Name a file in a folder that exists and that you may write to.',
      ],
    });
  }
  return file;
}

/** The report with every e-mail address cut to its first letter and domain, wherever it stands. */
function masked(report: Required<Report>): Report {
  const addresses = report.accounts.flatMap(({email}) => (email === null ? [] : [email]));
  const mask = (text: string): string =>
    addresses.reduce((result, address) => result.replaceAll(address, maskAddress(address)), text);
  const maskOrNull = (text: string | null): string | null => (text === null ? null : mask(text));
  return {
    ...report,
    accounts: report.accounts.map((account): AccountReport => ({
      ...account,
      email: maskOrNull(account.email),
      lastError: maskOrNull(account.lastError),
      stateReason: maskOrNull(account.stateReason),
    })),
    findings: report.findings.map((finding): Finding => ({...finding, message: mask(finding.message)})),
    history: report.history.map((point) =>
      point.kind === 'switch' ? {...point, reason: mask(point.reason)} : point,
    ),
  };
}

function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '…' : `${address.slice(0, 1)}…${address.slice(at)}`;
}
