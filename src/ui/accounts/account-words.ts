import {windowLabel} from '../../codex/usage/window-name.js';
import type {AccountReport, Usage, UsageWindow} from '../../contract/index.js';
import {printable} from '../../files/printable.js';
import {untilWords} from './account-state.js';
import type {Look} from '../look.js';
import {formatDuration, formatLocalTime} from '../times.js';

type Mark = {unicode: string; ascii: string; colour: 'green' | 'yellow' | 'red' | 'magenta'; word: string};

const STATES: Record<AccountReport['state'], Mark> = {
  ready: {unicode: '●', ascii: '+', colour: 'green', word: 'ready'},
  cooldown: {unicode: '◐', ascii: '~', colour: 'yellow', word: 'cooldown'},
  'used-up': {unicode: '◕', ascii: '%', colour: 'yellow', word: 'used up'},
  reserved: {unicode: '◔', ascii: '-', colour: 'yellow', word: 'reserved'},
  'needs-login': {unicode: '○', ascii: '!', colour: 'red', word: 'needs login'},
  quarantined: {unicode: '✕', ascii: 'x', colour: 'magenta', word: 'quarantined'},
};

export function stateMark({state}: AccountReport, {paint, unicode}: Look): string {
  const mark = STATES[state];
  return paint[mark.colour](unicode ? mark.unicode : mark.ascii);
}

/** `cooldown until 15:19 (1 h 12 min)` as far as `detail` goes. */
export function stateWords(
  {state, stateUntilMs, spendsCredits}: AccountReport,
  {paint, nowMs}: Look,
  detail: 'short' | 'long',
): string {
  const {word, colour} = STATES[state];
  if (spendsCredits) return paint[colour](`${word} (on credits)`);
  if (stateUntilMs === null || detail === 'long') return paint[colour](untilWords(word, stateUntilMs, nowMs));
  return paint[colour](`${word} ${formatDuration(stateUntilMs - nowMs)}`);
}

/** How many accounts are in which state, the states that occur only. */
export function countStates(accounts: readonly AccountReport[], look: Look): string[] {
  const states = Object.keys(STATES) as AccountReport['state'][];
  return states.flatMap((state) => {
    const count = accounts.filter((account) => account.state === state).length;
    return count === 0 ? [] : [look.paint[STATES[state].colour](`${count} ${STATES[state].word}`)];
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

const SOURCES: Record<Usage['source'], string> = {
  gateway: 'seen by the gateway',
  rollout: 'written by Codex',
  live: 'asked for',
};

/** Where the numbers come from, how old they are, and the credits. */
export function usageOrigin(usage: Usage, nowMs: number): string {
  const age = Math.max(0, nowMs - usage.fetchedAtMs);
  const origin = `${SOURCES[usage.source]} ${age < 1000 ? 'just now' : `${formatDuration(age)} ago`}`;
  const credits = creditWords(usage);
  return credits === null ? origin : `${origin}, ${credits}`;
}

function creditWords({credits}: Usage): string | null {
  if (credits === null) return null;
  if (credits.unlimited) return 'unlimited credits';
  if (!credits.hasCredits) return null;
  return credits.balance === null ? 'has credits' : `credits ${printable(credits.balance)}`;
}
