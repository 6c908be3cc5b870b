import stringWidth from 'string-width';

import {stopsAccount} from '../../codex/usage/rate-limits.js';
import type {AccountReport, UsageWindow} from '../../contract/index.js';
import {keyed} from '../../accounts/data/usage-file.js';
import {stateMark, stateWords, windowTitle} from './account-words.js';
import {bar, percent} from './bar.js';
import {cut, padStart} from '../cells.js';
import {printable} from '../../files/text/printable.js';
import type {Look} from '../look.js';
import {columns} from '../fit.js';

const WIDE = 110;
/** Below it there is no room for bars, plans and how long a state lasts. */
const NARROW = 80;
const MOST_WINDOWS = 3;
/** Unless the table is wide, more windows than these leave room for their numbers alone. */
const MOST_SHORT_BARS = 2;
/** On a narrow terminal: the mark, the longest state, and the gaps around them. */
const NARROW_OTHERS = 16;
const LEAST_NAME = 7;
const PERCENT_COLUMNS = 5;

/** What windows have in common, and one of them. */
type Kind = [key: string, window: UsageWindow];

/** Many accounts, a line each: state, plan, and the windows that stop an account as a whole. */
export function denseTable(accounts: readonly AccountReport[], look: Look): string {
  const wide = look.width >= WIDE;
  const narrow = look.width < NARROW;
  const all = windowKinds(accounts).slice(0, MOST_WINDOWS);
  const kinds = narrow ? besideNames(all, look) : all;
  const barColumns = wide ? 10 : narrow || kinds.length > MOST_SHORT_BARS ? 0 : 6;
  const nameColumns = wide ? 24 : narrow ? look.width - NARROW_OTHERS - numberColumns(kinds) : 18;
  const titles = kinds.map(([, window]) => windowTitle(window));
  const head = [
    ...['', 'account', 'state', ...(narrow ? [] : ['plan'])],
    ...titles,
    ...(wide ? ['e-mail'] : []),
  ];
  return columns([
    head.map((title) => look.paint.dim(title)),
    ...accounts.map((account) => {
      const own = windowsOf(account);
      return [
        stateMark(account, look),
        cut(account.name, nameColumns - 2) + (account.isDefault ? ' *' : ''),
        stateWords(account, look, narrow ? 'word' : 'short'),
        ...(narrow ? [] : [cut(printable(account.plan ?? '-'), 8)]),
        ...kinds.map(([key]) => windowCell(own.get(key), barColumns, look)),
        ...(wide ? [look.paint.dim(cut(printable(account.email ?? ''), 24))] : []),
      ];
    }),
  ]).join('\n');
}

/** As many as leave room for names. */
function besideNames(kinds: readonly Kind[], {width}: Look): Kind[] {
  const free = width - NARROW_OTHERS - LEAST_NAME;
  return kinds.filter((_, at) => numberColumns(kinds.slice(0, at + 1)) <= free);
}

/** How wide windows are without bars, with the gaps before them. */
function numberColumns(kinds: readonly Kind[]): number {
  const widths = kinds.map(([, window]) => 2 + Math.max(stringWidth(windowTitle(window)), PERCENT_COLUMNS));
  return widths.reduce((sum, each) => sum + each, 0);
}

/** One window of each kind that occurs, the shortest first, a budget and windows of unknown length last. */
function windowKinds(accounts: readonly AccountReport[]): Kind[] {
  const kinds = new Map(accounts.flatMap((account) => [...windowsOf(account)]));
  const length = ({windowMinutes}: UsageWindow): number => windowMinutes ?? Number.MAX_VALUE;
  return [...kinds].sort(([, left], [, right]) => length(left) - length(right));
}

function windowsOf({usage}: AccountReport): Map<string, UsageWindow> {
  return keyed((usage?.windows ?? []).filter(stopsAccount));
}

function windowCell(window: UsageWindow | undefined, barColumns: number, look: Look): string {
  if (!window) return look.paint.dim('-');
  const used = padStart(percent(window, look), PERCENT_COLUMNS);
  return barColumns === 0 ? used : `${bar(window, barColumns, look)} ${used}`;
}
