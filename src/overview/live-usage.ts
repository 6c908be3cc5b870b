import {setTimeout as sleep} from 'node:timers/promises';

import {recordEnd} from '../accounts/record-end.js';
import {type Candidate, candidatesOf} from '../accounts/standings.js';
import type {Account, AccountStore} from '../accounts/store/store.js';
import {BackendConnection} from '../codex/backend/connection.js';
import {traitsOf} from '../codex/login/login-kind.js';
import {fetchUsage} from '../codex/usage/usage-api.js';
import {CaoError} from '../errors/index.js';
import type {DoPieces, Piece} from './progress.js';

/** Between two accounts: a list of requests at one moment looks like what it is not. */
const PAUSE_MS = 250;

export type LiveOptions = {
  nowMs: number;
  /** Ask even those that were asked less than `usage.pollMinutes` ago. */
  force: boolean;
  /** How the accounts are shown while they are asked. */
  doPieces: DoPieces;
  /** Told why an account could not be asked. */
  onProblem: (problem: string) => void;
};

/**
 * Asks the backend what every account has left, one after another, and stores the answers. An account that was asked
 * a moment ago, is closed by the backend or has no login is left out. One that cannot be asked stops no other.
 */
export async function pollUsage(store: AccountStore, options: LiveOptions): Promise<void> {
  const {nowMs, force, doPieces, onProblem} = options;
  const [candidates, settings] = await Promise.all([candidatesOf(store, nowMs), store.settings.read()]);
  const pollEveryMs = settings['usage.pollMinutes'] * 60_000;
  const connection = await BackendConnection.open();
  let asked = 0;
  const pieces = candidates.map((candidate): Piece => ({
    title: candidate.name,
    leaveOut: () => {
      const {name, usage} = candidate;
      const leftMs = (usage.lastPollAtMs ?? -Infinity) + pollEveryMs - nowMs;
      if (!force && leftMs > 0) return `${name}: asked already, again in ${Math.ceil(leftMs / 60_000)} min`;
      return reasonToLeaveOut(candidate);
    },
    work: async (say) => {
      if (asked++ > 0) await sleep(PAUSE_MS);
      try {
        await pollOne(store, candidate.account, connection);
      } catch (error) {
        if (!(error instanceof CaoError)) throw error;
        onProblem([error.message, ...error.suggestions].join(' '));
        say(`${candidate.name}: ${error.message}`);
      }
    },
  }));
  try {
    await doPieces(pieces, {sideBySide: false});
  } finally {
    await connection.close();
  }
}

/** Nothing is to be learned of an account that the backend has closed, or that it does not know any more. */
function reasonToLeaveOut({name, kind, standing: {state, reason}}: Candidate): string | null {
  const {hasUsage, noun} = traitsOf(kind);
  if (!hasUsage) return `${name}: signed in with ${noun}, whose usage cannot be asked for`;
  if (state === 'quarantined') return `${name}: quarantined (${reason ?? 'no reason given'})`;
  return state === 'needs-login' ? `${name}: needs a login (${reason ?? 'no reason given'})` : null;
}

async function pollOne(
  store: AccountStore,
  {name, home}: Account,
  connection: BackendConnection,
): Promise<void> {
  const atMs = Date.now();
  await store.usage.recordPoll(name, atMs);
  try {
    const reading = await fetchUsage({home, accountName: name, connection});
    await store.usage.record([{account: name, source: 'live', atMs, ...reading}]);
  } catch (error) {
    if (error instanceof CaoError && error.code === 'needs_login') {
      const verdict = {kind: 'auth' as const, reason: error.message};
      // Not when it was asked: a refresh may have written the login since.
      await recordEnd(store, name, {kind: 'failure', verdict, reason: error.message}, {nowMs: Date.now()});
    }
    throw error;
  }
}
