import type {AccountReport, ReportFormatter} from '../../contract/index.js';

const COLUMNS: readonly (readonly [title: string, cell: (account: AccountReport) => string])[] = [
  ['Account', ({name}) => name],
  ['Default', ({isDefault}) => yesOrNo(isDefault)],
  ['Login', ({loggedIn}) => yesOrNo(loggedIn)],
  ['Token Expires', ({tokenExpiresAtIso}) => time(tokenExpiresAtIso)],
  [
    'Cooldown',
    ({cooldownRemainingMs, cooldownUntilIso}) =>
      cooldownRemainingMs !== null && cooldownRemainingMs > 0 ? `until ${time(cooldownUntilIso)}` : '-',
  ],
  ['Last Quota', ({lastQuotaAtIso}) => time(lastQuotaAtIso)],
  ['Failures', ({consecutiveFailures}) => String(consecutiveFailures)],
];

/** The report as a Markdown table, to paste into an issue or a wiki. Times are UTC: its reader may sit elsewhere. */
export const markdownFormatter: ReportFormatter = {
  apiVersion: 1,
  id: 'markdown',
  summary: 'a Markdown table, one line an account',
  extension: 'md',
  format: ({generatedAt, accounts}) =>
    [
      '# Codex accounts',
      '',
      `Generated ${time(generatedAt)}.`,
      '',
      row(COLUMNS.map(([title]) => title)),
      row(COLUMNS.map(() => '---')),
      ...accounts.map((account) => row(COLUMNS.map(([, cell]) => escapeCell(cell(account))))),
    ].join('\n'),
};

function row(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** A name or error in a cell must not end the cell or the line. */
function escapeCell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** `2026-11-22T14:07:00.000Z` as `2026-11-22 14:07 UTC`. */
function time(iso: string | null): string {
  return iso === null ? '-' : `${iso.replace(/:\d\d\.\d+Z$/, '').replace('T', ' ')} UTC`;
}
