import type {Finding, LoginReport} from '../contract/index.js';
import {printable} from '../files/text/printable.js';
import {wrap} from './fit.js';
import type {Look} from './look.js';
import {withLocalTimes} from './times.js';

/** Below `error  `. */
const INDENT = '       ';

/** As much of a diagnosis as its screen shows. */
export type DiagnosisView = {
  totals: {accounts: number; ok: number; warnings: number; errors: number};
  issues: readonly Finding[];
  logins: readonly LoginReport[];
};

/** What doctor found: errors first, each with what it means and what mends it; before them how each login is seen. */
export function renderDiagnosis({totals, issues, logins}: DiagnosisView, look: Look): string {
  const {paint} = look;
  const ordered = [
    ...issues.filter(({severity}) => severity === 'error'),
    ...issues.filter(({severity}) => severity === 'warn'),
  ];
  const accounts = `${totals.ok} of ${totals.accounts} accounts are fine`;
  const summary =
    issues.length === 0
      ? paint.green(`Nothing is wrong; ${accounts}.`)
      : `${counted(totals.errors, 'error')}, ${counted(totals.warnings, 'warning')}; ${accounts}.`;
  return [
    ...logins.map((login) => loginLine(login, look)),
    ...(logins.length === 0 ? [] : ['']),
    ...ordered.flatMap((issue) => [...lines(issue, look), '']),
    wrap(summary, look.width),
  ].join('\n');
}

/** The kinds of login as Codex names them. */
const KINDS: Readonly<Record<string, string>> = {
  chatgpt: 'ChatGPT',
  apiKey: 'API key',
  amazonBedrock: 'Amazon Bedrock',
};

function loginLine(login: LoginReport, {paint, width}: Look): string {
  return wrap(`${paint.bold(printable(login.account))}: ${printable(describeLogin(login))}`, width, '  ');
}

/** How a login is seen: `ChatGPT, plan plus, answers`. */
export function describeLogin({kind, plan, workspace, answers, detail}: LoginReport): string {
  const parts = [
    kind === null ? null : (KINDS[kind] ?? kind),
    plan === null ? null : `plan ${plan}`,
    workspace === null ? null : `workspace ${workspace}`,
    answers === null ? null : answers ? 'answers' : 'does not answer',
  ].filter((part) => part !== null);
  return `${parts.join(', ') || 'not asked'}${detail === null ? '' : ` (${detail})`}`;
}

function lines({severity, account, code, message, fix}: Finding, {paint, width, nowMs}: Look): string[] {
  const mark = severity === 'error' ? paint.red('error') : paint.yellow('warn ');
  const where = account === null ? '' : `${paint.bold(printable(account))}: `;
  const said = printable(withLocalTimes(message, nowMs));
  const first = wrap(`${mark}  ${where}${said} ${paint.dim(`[${code}]`)}`, width, INDENT);
  return fix === undefined ? [first] : [first, wrap(`${INDENT}${paint.cyan(printable(fix))}`, width, INDENT)];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
