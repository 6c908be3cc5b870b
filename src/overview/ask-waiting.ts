import {isWaiting} from '../accounts/state/choice.js';
import type {Candidate} from '../accounts/standings.js';
import type {AccountStore} from '../accounts/store/store.js';
import type {DecideVerdict} from '../extensions/verdict.js';
import {pollUsage} from './live-usage.js';
import type {DoPieces} from './progress.js';

/** What the backend refused so short a time ago, in the same run, it would only say again. */
const JUST_REFUSED_MS = 2 * 60_000;

export type AskWaitingOptions = {
  store: AccountStore;
  /** When the run began: what it has just been told itself it does not ask again. */
  startedAtMs: number;
  doPieces: DoPieces;
  decide: DecideVerdict;
  /** The Codex that the run is for. */
  codex: string;
  /** One line for the user. */
  notify: (line: string) => void;
};

/**
 * A question to the backend before a run gives up: whether the accounts that it waits for are still out, as quotas may
 * return before the time that was told. Asked once, and never of accounts that have answered a few minutes ago
 * (`usage.pollMinutes`).
 *
 * @returns a function that stores the answers, and says whether any account was asked.
 */
export function askWaitingOnce(options: AskWaitingOptions): (all: readonly Candidate[]) => Promise<boolean> {
  const {store, startedAtMs, doPieces, decide, codex, notify} = options;
  let asked = false;
  return async (all) => {
    const nowMs = Date.now();
    const waiting = all.filter((one) => isWaiting(one) && !isJustRefused(one, startedAtMs, nowMs));
    if (asked || waiting.length === 0) return false;
    asked = true;
    const problems: string[] = [];
    let questions = 0;
    await pollUsage(store, {
      nowMs,
      force: false,
      decide,
      codex,
      only: new Set(waiting.map(({name}) => name)),
      doPieces: async (pieces, how) => {
        const open = pieces.filter(({leaveOut}) => (leaveOut?.() ?? null) === null);
        questions = open.length;
        if (questions === 0) return;
        const [first] = all;
        const who = first && all.length === 1 ? first.name : 'Every account';
        notify(`${who} is out of quota. Asking the backend whether that still holds.`);
        await doPieces(open, how);
      },
      onProblem: (problem) => problems.push(problem),
    });
    const [first, ...others] = problems;
    if (first !== undefined) notify(others.length === 0 ? first : `${first} (and ${others.length} more)`);
    return questions > 0;
  };
}

function isJustRefused({account}: Candidate, startedAtMs: number, nowMs: number): boolean {
  const refusedAtMs = account.status.lastQuotaAtMs ?? -Infinity;
  return refusedAtMs >= startedAtMs && nowMs - refusedAtMs < JUST_REFUSED_MS;
}
