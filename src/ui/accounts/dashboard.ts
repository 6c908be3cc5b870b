import stringWidth from 'string-width';

import type {AccountReport, UsageWindow} from '../../contract/index.js';
import type {NextAccount} from '../../accounts/state/next-account.js';
import {countStates, resetWords, stateMark, stateWords, usageOrigin, windowTitle} from './account-words.js';
import {withoutUsage} from './login-words.js';
import {bar, percent} from './bar.js';
import {cut, ends, padEnd, padStart} from '../cells.js';
import {shorten, wrap} from '../fit.js';
import {printable} from '../../files/text/printable.js';
import {denseTable} from './dense-table.js';
import type {Look} from '../look.js';
import {formatDuration, formatLocalTime} from '../times.js';
import {loginHint} from '../../codex/login/login-line.js';

/** Up to so many accounts each get a card of their own; more become a table. */
const MOST_CARDS = 12;
/** Wider lines would tear apart what belongs together. */
const WIDEST = 140;
/** Where no terminal says how wide it is. */
const IN_A_PIPE = 80;
/** `resets 2026-11-25 22:01, in 2 h 05 min` */
const RESET_COLUMNS = 38;
/** Gaps, and ` 100 %`. */
const OTHER_COLUMNS = 12;
const GAP = '  ';
const LABEL_COLUMNS = 8;
/** With less room than that for a bar, the reset gets a line of its own. */
const BAR_COLUMNS = {least: 4, most: 50};

/** The screen of `cao status`. */
export function renderDashboard(accounts: readonly AccountReport[], next: NextAccount, look: Look): string {
  const bounded = {...look, width: Number.isFinite(look.width) ? Math.min(look.width, WIDEST) : IN_A_PIPE};
  const body = accounts.length > MOST_CARDS ? denseTable(accounts, bounded) : cards(accounts, bounded);
  return [header(accounts, bounded), nextLine(next, bounded), '', body].join('\n');
}

function header(accounts: readonly AccountReport[], look: Look): string {
  const {paint, nowMs, width} = look;
  const total = paint.bold(accounts.length === 1 ? '1 account' : `${accounts.length} accounts`);
  const clock = paint.dim(formatLocalTime(nowMs, nowMs));
  return ends(
    wrap([`${total}:`, countStates(accounts, look).join(', ')].join(' '), width, '  '),
    clock,
    width,
  );
}

function nextLine(next: NextAccount, {paint, nowMs, width}: Look): string {
  if (next.name !== null)
    return wrap(`Next: ${paint.bold(next.name)} ${paint.dim(`(${next.why})`)}`, width, '  ');
  if (next.firstReady === null)
    return paint.red(wrap('Next: none can work until it is logged in', width, '  '));
  const {name, atMs} = next.firstReady;
  const when = `${formatLocalTime(atMs, nowMs)}, in ${formatDuration(atMs - nowMs)}`;
  return wrap(
    `Next: ${paint.yellow('none now')}; ${paint.bold(name)} is ready first, at ${when}`,
    width,
    '  ',
  );
}

function cards(accounts: readonly AccountReport[], look: Look): string {
  const labels = accounts.flatMap(({usage}) => usage?.windows.map(windowTitle) ?? []);
  const longest = Math.max(LABEL_COLUMNS, ...labels.map((label) => stringWidth(label)));
  const labelColumns = Math.min(longest, Math.floor(look.width / 4));
  return accounts.map((account) => card(account, labelColumns, look).join('\n')).join('\n\n');
}

function card(account: AccountReport, labelColumns: number, look: Look): string[] {
  const {paint, width} = look;
  const own = shorten(account.name, width - 4);
  const name = `${stateMark(account, look)} ${paint.bold(own)}${account.isDefault ? ' *' : ''}`;
  const left = wrap(`${name}  ${stateWords(account, look, 'long')}`, width, '  ');
  const who = [account.plan, account.email].filter((part) => part !== null).map(printable);
  const lines = [ends(left, paint.dim(cut(who.join('  '), Math.floor(width / 2))), width)];
  if (account.state === 'needs-login')
    lines.push(wrap(`  ${loginHint('log in', account.name, account.kind)}`, width, '  '));
  if (account.usage === null) {
    if (!['needs-login', 'quarantined'].includes(account.state)) {
      lines.push(paint.dim(wrap(`  usage ${withoutUsage(account.kind)}`, width, '  ')));
    }
  } else {
    lines.push(...account.usage.windows.map((window) => windowLine(window, labelColumns, look)));
    lines.push(paint.dim(wrap(`  ${usageOrigin(account.usage, look.nowMs)}`, width, '  ')));
  }
  const modelsOut = account.modelCooldowns.map(
    ({limitId, untilMs}) => `${printable(limitId)} until ${formatLocalTime(untilMs, look.nowMs)}`,
  );
  if (modelsOut.length > 0) lines.push(paint.yellow(wrap(`  out: ${modelsOut.join(', ')}`, width, '  ')));
  const without = account.missingModels.map(({model}) => printable(model));
  if (without.length > 0) lines.push(paint.yellow(wrap(`  without: ${without.join(', ')}`, width, '  ')));
  const trouble = troubleOf(account);
  if (trouble !== null) lines.push(paint.red(cut(`  ${trouble}`, width)));
  return lines;
}

function windowLine(window: UsageWindow, labelColumns: number, look: Look): string {
  const {width, paint, nowMs} = look;
  const beside = width - labelColumns - RESET_COLUMNS - OTHER_COLUMNS;
  const isWide = beside >= BAR_COLUMNS.least;
  const barColumns = Math.min(BAR_COLUMNS.most, isWide ? beside : beside + RESET_COLUMNS + GAP.length);
  const label = padEnd(cut(windowTitle(window), labelColumns), labelColumns);
  const reset = resetWords(window, nowMs);
  const line = `  ${label}  ${bar(window, barColumns, look)} ${padStart(percent(window, look), 5)}`;
  if (reset === '') return line;
  return isWide
    ? `${line}${GAP}${paint.dim(reset)}`
    : `${line}\n${paint.dim(wrap(`  ${reset}`, width, '  '))}`;
}

/** The one line on what is wrong, unless the state says it already. */
function troubleOf({state, stateReason, lastError, consecutiveFailures}: AccountReport): string | null {
  const outOfUse = state === 'needs-login' || state === 'quarantined';
  const reason = outOfUse ? (stateReason ?? lastError) : lastError;
  if (reason === null || reason === 'not logged in') return null;
  const failures = consecutiveFailures > 1 ? ` (${consecutiveFailures} failures in a row)` : '';
  return `last error: ${printable(reason)}${failures}`;
}
