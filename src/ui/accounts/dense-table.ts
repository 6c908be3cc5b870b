import {stopsAccount} from '../../codex/usage/rate-limits.js';
import type {AccountReport, UsageWindow} from '../../contract/index.js';
import {keyed} from '../../accounts/data/usage-file.js';
import {stateMark, stateWords, windowTitle} from './account-words.js';
import {bar, percent} from './bar.js';
import {cut, padStart} from '../cells.js';
import {printable} from '../../files/printable.js';
import type {Look} from '../look.js';
import {columns} from '../columns.js';

const WIDE = 110;
const MOST_WINDOWS = 3;
/** Narrow, more windows than these leave room for their numbers alone. */
const MOST_NARROW_BARS = 2;

/** Many accounts, a line each: state, plan, and the windows that stop an account as a whole. */
export function denseTable(accounts: readonly AccountReport[], look: Look): string {
  const wide = look.width >= WIDE;
  const kinds = windowKinds(accounts).slice(0, MOST_WINDOWS);
  const barColumns = wide ? 10 : kinds.length > MOST_NARROW_BARS ? 0 : 6;
  const nameColumns = wide ? 24 : 18;
  const titles = kinds.map(([, window]) => windowTitle(window));
  const head = ['', 'account', 'state', 'plan', ...titles, ...(wide ? ['e-mail'] : [])];
  return columns([
    head.map((title) => look.paint.dim(title)),
    ...accounts.map((account) => {
      const own = windowsOf(account);
      return [
        stateMark(account, look),
        cut(account.name, nameColumns - 2) + (account.isDefault ? ' *' : ''),
        stateWords(account, look, 'short'),
        cut(printable(account.plan ?? '-'), 8),
        ...kinds.map(([key]) => windowCell(own.get(key), barColumns, look)),
        ...(wide ? [look.paint.dim(cut(printable(account.email ?? ''), 24))] : []),
      ];
    }),
  ]).join('\n');
}

/** One window of each kind that occurs, the shortest first, a budget and windows of unknown length last. */
function windowKinds(accounts: readonly AccountReport[]): [key: string, window: UsageWindow][] {
  const kinds = new Map(accounts.flatMap((account) => [...windowsOf(account)]));
  const length = ({windowMinutes}: UsageWindow): number => windowMinutes ?? Number.MAX_VALUE;
  return [...kinds].sort(([, left], [, right]) => length(left) - length(right));
}

function windowsOf({usage}: AccountReport): Map<string, UsageWindow> {
  return keyed((usage?.windows ?? []).filter(stopsAccount));
}

function windowCell(window: UsageWindow | undefined, barColumns: number, look: Look): string {
  if (!window) return look.paint.dim('-');
  const drawn = barColumns === 0 ? '' : `${bar(window, barColumns, look)} `;
  return drawn + padStart(percent(window, look), 5);
}
