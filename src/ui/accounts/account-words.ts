import {USAGE_SOURCE_WORDS} from '../../codex/usage/source-words.js';
import {windowLabel} from '../../codex/usage/window-name.js';
import type {AccountReport, AccountState, Usage, UsageWindow} from '../../contract/index.js';
import {printable} from '../../files/text/printable.js';
import {untilWords} from './account-state.js';
import type {Look} from '../look.js';
import {formatDuration, formatLocalTime} from '../times.js';

type Mark = {unicode: string; ascii: string; colour: 'green' | 'yellow' | 'red' | 'magenta'};

/** How each state is marked; its word is its id. In the order in which states are counted. */
const MARKS: Record<AccountState, Mark> = {
  ready: {unicode: '●', ascii: '+', colour: 'green'},
  cooldown: {unicode: '◐', ascii: '~', colour: 'yellow'},
  'used-up': {unicode: '◕', ascii: '%', colour: 'yellow'},
  reserved: {unicode: '◔', ascii: '-', colour: 'yellow'},
  'needs-login': {unicode: '○', ascii: '!', colour: 'red'},
  quarantined: {unicode: '✕', ascii: 'x', colour: 'magenta'},
};

export function stateMark({state}: AccountReport, {paint, unicode}: Look): string {
  const mark = MARKS[state];
  return paint[mark.colour](unicode ? mark.unicode : mark.ascii);
}

/** `cooldown until 15:19 (1 h 12 min)` as far as `detail` goes. */
export function stateWords(
  {state, stateUntilMs, spendsCredits}: AccountReport,
  {paint, nowMs}: Look,
  detail: 'word' | 'short' | 'long',
): string {
  const {colour} = MARKS[state];
  if (detail === 'word') return paint[colour](state);
  if (spendsCredits) return paint[colour](`${state} (on credits)`);
  if (stateUntilMs === null || detail === 'long')
    return paint[colour](untilWords(state, stateUntilMs, nowMs));
  return paint[colour](`${state} ${formatDuration(stateUntilMs - nowMs)}`);
}

/** How many accounts are in which state, the states that occur only. */
export function countStates(accounts: readonly AccountReport[], look: Look): string[] {
  const states = Object.keys(MARKS) as AccountState[];
  return states.flatMap((state) => {
    const count = accounts.filter((account) => account.state === state).length;
    return count === 0 ? [] : [look.paint[MARKS[state].colour](`${count} ${state}`)];
  });
}

/** `5 h`, `weekly`, `budget`; with the limit's own name when it is a model's. */
export function windowTitle(window: UsageWindow): string {
  return printable(windowLabel(window));
}

/** `resets 16:20, in 2 h 13 min`. */
export function resetWords({resetsAtMs}: UsageWindow, nowMs: number): string {
  if (resetsAtMs === null) return '';
  return `resets ${formatLocalTime(resetsAtMs, nowMs)}, in ${formatDuration(resetsAtMs - nowMs)}`;
}

/** Where the numbers come from, how old they are, and the credits. */
export function usageOrigin(usage: Usage, nowMs: number): string {
  const age = Math.max(0, nowMs - usage.fetchedAtMs);
  const origin = `${USAGE_SOURCE_WORDS[usage.source]} ${age < 1000 ? 'just now' : `${formatDuration(age)} ago`}`;
  const credits = creditWords(usage);
  return credits === null ? origin : `${origin}, ${credits}`;
}

function creditWords({credits}: Usage): string | null {
  if (credits === null) return null;
  if (credits.unlimited) return 'unlimited credits';
  if (!credits.hasCredits) return null;
  return credits.balance === null ? 'has credits' : `credits ${printable(credits.balance)}`;
}
