import stringWidth from 'string-width';

import type {AccountReport} from '../../contract/index.js';
import {resetWords, stateMark, stateWords, usageOrigin, windowTitle} from './account-words.js';
import {describeKind, withoutUsage} from './login-words.js';
import {percent} from './bar.js';
import {printable} from '../../files/text/printable.js';
import type {Look} from '../look.js';
import {padEnd} from '../cells.js';
import {wrap} from '../fit.js';
import {formatDuration, formatLocalTime} from '../times.js';

/** An id of Codex in one piece. */
const LEAST_VALUE_COLUMNS = 36;

/** Everything that is known of every account, a line each. Shown by `status --full` and `list --details`. */
export function renderFull(accounts: readonly AccountReport[], look: Look): string {
  return accounts
    .map((account) => {
      const title = `${stateMark(account, look)} ${look.paint.bold(account.name)}${account.isDefault ? ' * (default)' : ''}`;
      return [wrap(title, look.width, '  '), ...factLines(facts(account, look), look)].join('\n');
    })
    .join('\n\n');
}

/** Values beside their labels, or below them where a terminal is too narrow for both. */
function factLines(known: readonly [label: string, value: string][], {paint, width}: Look): string[] {
  const labelColumns = 4 + Math.max(...known.map(([label]) => label.length));
  const isBeside = width - labelColumns >= LEAST_VALUE_COLUMNS;
  const indent = ' '.repeat(isBeside ? labelColumns : 4);
  return known.map(([label, value]) => {
    const title = `  ${paint.dim(label)}`;
    const line = `${padEnd(title, isBeside ? labelColumns - 2 : 0)}  ${value}`;
    if (stringWidth(line) <= width) return line;
    const lines = wrap(`${indent}${value}`, width, indent);
    return isBeside ? padEnd(title, labelColumns) + lines.slice(labelColumns) : `${title}\n${lines}`;
  });
}

function facts(account: AccountReport, look: Look): [label: string, value: string][] {
  const {nowMs} = look;
  const time = (ms: number | null): string =>
    ms === null ? '-' : `${formatLocalTime(ms, nowMs)} (${relative(ms, nowMs)})`;
  const text = (value: string | null): string => (value === null ? '-' : printable(value));
  return [
    [
      'State',
      stateWords(account, look, 'long') +
        (account.stateReason === null ? '' : `: ${printable(account.stateReason)}`),
    ],
    ['Logged in', account.kind === null ? 'no' : `yes, ${describeKind(account.kind)}`],
    ['E-mail', text(account.email)],
    ['Plan', text(account.plan)],
    ...usageFacts(account, look),
    ['Token expires', time(account.tokenExpiresAtMs)],
    ['Token refreshed', time(account.lastRefreshAtMs)],
    ['Last attempt', time(account.lastAttemptAtMs)],
    ['Last success', time(account.lastSuccessAtMs)],
    ['Last quota', time(account.lastQuotaAtMs)],
    ['Failures in a row', String(account.consecutiveFailures)],
    ['Last error', text(account.lastError)],
    ['User', text(account.userId)],
    ['Workspace', text(account.accountId)],
    ['Organization', text(account.organizationId)],
    ['Folder', account.accountDir],
    ['Login file', account.authFilePath],
  ];
}

function usageFacts(
  {kind, usage, modelCooldowns, missingModels}: AccountReport,
  look: Look,
): [string, string][] {
  const out = [
    ...modelCooldowns.map(({limitId, untilMs}): [string, string] => [
      'Model limit',
      `${printable(limitId)} is out until ${formatLocalTime(untilMs, look.nowMs)}`,
    ]),
    ...missingModels.map(({model, untilMs}): [string, string] => [
      'Without',
      `${printable(model)}, as the backend said; asked again from ${formatLocalTime(untilMs, look.nowMs)}`,
    ]),
  ];
  if (usage === null) return [['Usage', withoutUsage(kind)], ...out];
  return [
    ...usage.windows.map((window): [string, string] => [
      `Used, ${windowTitle(window)}`,
      [percent(window, look), resetWords(window, look.nowMs)].filter((part) => part !== '').join(', '),
    ]),
    ['Usage', usageOrigin(usage, look.nowMs)],
    ...out,
  ];
}

function relative(ms: number, nowMs: number): string {
  return ms > nowMs ? `in ${formatDuration(ms - nowMs)}` : `${formatDuration(nowMs - ms)} ago`;
}
