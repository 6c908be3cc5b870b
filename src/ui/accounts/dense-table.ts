import {MAIN_LIMIT_ID} from '../../codex/usage/rate-limits.js';
import type {AccountReport, UsageWindow} from '../../contract/index.js';
import {stateMark, stateWords} from './account-words.js';
import {bar, percent} from './bar.js';
import {cut, padStart} from '../cells.js';
import {printable} from '../../files/printable.js';
import type {Look} from '../look.js';
import {columns} from '../fit.js';
import {windowName} from '../../codex/usage/window-name.js';

const WIDE = 110;
/** Below it there is no room for bars, plans and how long a state lasts. */
const NARROW = 80;

/** Many accounts, a line each: state, plan, and the plan's windows by their length. */
export function denseTable(accounts: readonly AccountReport[], look: Look): string {
  const wide = look.width >= WIDE;
  const narrow = look.width < NARROW;
  const lengths = windowLengths(accounts).slice(0, wide ? 3 : 2);
  const barColumns = wide ? 10 : narrow ? 0 : 6;
  const nameColumns = wide ? 24 : narrow ? Math.max(8, look.width - 32) : 18;
  const head = [
    ...['', 'account', 'state', ...(narrow ? [] : ['plan'])],
    ...lengths.map(windowName),
    ...(wide ? ['e-mail'] : []),
  ];
  return columns([
    head.map((title) => look.paint.dim(title)),
    ...accounts.map((account) => [
      stateMark(account, look),
      cut(account.name, nameColumns - 2) + (account.isDefault ? ' *' : ''),
      stateWords(account, look, narrow ? 'word' : 'short'),
      ...(narrow ? [] : [cut(printable(account.plan ?? '-'), 8)]),
      ...lengths.map((minutes) => windowCell(mainWindow(account, minutes), barColumns, look)),
      ...(wide ? [look.paint.dim(cut(printable(account.email ?? ''), 24))] : []),
    ]),
  ]).join('\n');
}

/** The lengths of the plan's windows over all accounts, the shortest first. */
function windowLengths(accounts: readonly AccountReport[]): (number | null)[] {
  const windows = accounts.flatMap(({usage}) => usage?.windows ?? []);
  const lengths = windows
    .filter(({limitId}) => limitId === MAIN_LIMIT_ID)
    .map(({windowMinutes}) => windowMinutes);
  return [...new Set(lengths)].sort(
    (left, right) => (left ?? Number.MAX_VALUE) - (right ?? Number.MAX_VALUE),
  );
}

function mainWindow({usage}: AccountReport, minutes: number | null): UsageWindow | undefined {
  return usage?.windows.find(
    (window) => window.limitId === MAIN_LIMIT_ID && window.windowMinutes === minutes,
  );
}

function windowCell(window: UsageWindow | undefined, barColumns: number, look: Look): string {
  if (!window) return look.paint.dim('-');
  const used = padStart(percent(window, look), 5);
  return barColumns === 0 ? used : `${bar(window, barColumns, look)} ${used}`;
}
