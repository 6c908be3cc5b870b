import {setTimeout as sleep} from 'node:timers/promises';

import {recordEnd} from '../accounts/record-end.js';
import {type Candidate, candidatesOf} from '../accounts/standings.js';
import type {AccountStore} from '../accounts/store/store.js';
import {AskableCodex} from '../codex/app-server/askable-codex.js';
import {BackendConnection} from '../codex/backend/connection.js';
import {modelsToldSince} from '../codex/backend/model-list.js';
import {type UsageRequest, readUsage, usageUnavailable} from '../codex/usage/read-usage.js';
import {traitsOf} from '../codex/login/login-kind.js';
import type {Verdict} from '../contract/index.js';
import {CaoError, type ErrorCode} from '../errors/index.js';
import type {DecideVerdict} from '../extensions/verdict.js';
import type {DoPieces, Piece} from './progress.js';
import {loginHint} from '../codex/login/login-line.js';

/** Between the beginnings of two accounts: a list of requests at one moment looks like what it is not. */
const PAUSE_MS = 250;

/** Nobody was asked then, and the account can be as soon as the setting is mended. */
const SETTING_AT_FAULT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['proxy_unusable', 'ca_unreadable']);

export type LiveOptions = {
  nowMs: number;
  /** Ask even those that were asked less than `usage.pollMinutes` ago. */
  force: boolean;
  /** How the accounts are shown while they are asked. */
  doPieces: DoPieces;
  /** What it means where the backend refuses to say. */
  decide: DecideVerdict;
  /** Which Codex is asked; by default the one on PATH. */
  codex?: string;
  /** The accounts that are of interest; absent: all. */
  only?: ReadonlySet<string>;
  /** Told why an account could not be asked; once where it is the same for several. */
  onProblem: (problem: string) => void;
};

/**
 * Asks what every account has left, a few at a time and one after the other, and stores the answers. An account that was
 * asked a moment ago, is closed by the backend or has no login is left out. One that cannot be asked stops no other.
 */
export async function pollUsage(store: AccountStore, options: LiveOptions): Promise<void> {
  const {nowMs, force, doPieces, decide, onProblem, only} = options;
  const [candidates, settings, clientId, codex] = await Promise.all([
    candidatesOf(store, nowMs),
    store.settings.read(),
    store.oauthClientId(),
    AskableCodex.find(options.codex),
  ]);
  const pollEveryMs = settings['usage.pollMinutes'] * 60_000;
  const connection = await BackendConnection.open();
  let begun = 0;
  const toldProblems = new Set<string>();
  const wanted = candidates.filter(({name}) => only?.has(name) ?? true);
  const pieces = wanted.map((candidate): Piece => ({
    title: candidate.name,
    leaveOut: () => {
      const leftMs = force ? 0 : pollEveryMs - sinceLastAnswerMs(candidate, nowMs);
      if (leftMs > 0) return `${candidate.name}: asked already, again in ${Math.ceil(leftMs / 60_000)} min`;
      return reasonToLeaveOut(candidate);
    },
    work: async (say) => {
      await sleep(PAUSE_MS * begun++);
      try {
        await pollOne(store, candidate, {codex, connection, clientId, onUnsaved: onProblem}, decide);
      } catch (error) {
        if (!(error instanceof CaoError)) throw error;
        say(`${candidate.name}: ${error.message}`);
        // One setting may keep all accounts from being asked.
        const problem = [error.message, ...error.suggestions].join(' ');
        if (!toldProblems.has(problem)) onProblem(problem);
        toldProblems.add(problem);
      }
    },
  }));
  try {
    await doPieces(pieces, {sideBySide: true});
  } finally {
    await connection.close();
  }
}

/** Since the backend was last asked; what it said before it refused the account is no answer any more. */
function sinceLastAnswerMs({usage, account}: Candidate, nowMs: number): number {
  const askedAtMs = usage.lastPollAtMs ?? -Infinity;
  return askedAtMs > (account.status.lastQuotaAtMs ?? -Infinity) ? nowMs - askedAtMs : Infinity;
}

/** Nothing is to be learned of an account that the backend has closed, or that it does not know any more. */
function reasonToLeaveOut({name, kind, standing: {state, reason}}: Candidate): string | null {
  const {billed, noun} = traitsOf(kind);
  if (billed) return `${name}: signed in with ${noun}, whose usage cannot be asked for`;
  if (state === 'quarantined') return `${name}: quarantined (${reason ?? 'no reason given'})`;
  return state === 'needs-login' ? `${name}: needs-login (${reason ?? 'no reason given'})` : null;
}

async function pollOne(
  store: AccountStore,
  {name, kind, account: {home}, usage}: Candidate,
  ways: Omit<UsageRequest, 'home' | 'accountName'>,
  decide: DecideVerdict,
): Promise<void> {
  const atMs = Date.now();
  await store.usage.recordPoll(name, atMs);
  const told = await readUsage({home, accountName: name, ...ways}).catch(async (error: unknown) => {
    // Whoever refreshes tokens knows whether a login has ended.
    if (error instanceof CaoError && error.code === 'needs_login')
      await takeDown(store, name, {kind: 'auth', reason: error.message});
    if (error instanceof CaoError && SETTING_AT_FAULT.has(error.code))
      await store.usage.recordPoll(name, usage.lastPollAtMs ?? null);
    throw error;
  });
  if ('reading' in told) {
    const models = await modelsToldSince(home, atMs);
    await store.usage.record([{account: name, source: 'live', atMs, models, ...told.reading}]);
    return;
  }
  const verdict = await decide({source: 'http', ...told});
  // What else goes wrong here says nothing of the account's work.
  const ofTheAccount = verdict?.kind === 'auth' || verdict?.kind === 'dead' || verdict?.kind === 'quota';
  if (ofTheAccount) await takeDown(store, name, verdict);
  throw refused({name, kind}, verdict, told.status);
}

async function takeDown(store: AccountStore, name: string, verdict: Verdict): Promise<void> {
  // Not when it was asked: a refresh may have written the login since.
  await recordEnd(store, name, {kind: 'failure', verdict, reason: verdict.reason}, {nowMs: Date.now()});
}

function refused(
  {name, kind}: Pick<Candidate, 'name' | 'kind'>,
  verdict: Verdict | null,
  status: number,
): CaoError {
  const reason = verdict?.reason ?? `status ${status}`;
  switch (verdict?.kind) {
    case 'auth':
      return new CaoError(`${name} needs a new login (${reason}).`, {
        code: 'needs_login',
        suggestions: [loginHint('Log in again', name, kind)],
      });
    case 'dead':
      return new CaoError(`The backend has closed ${name} (${reason}).`, {
        code: 'usage_unavailable',
        suggestions: [loginHint('After it is open again', name, kind)],
      });
    default:
      return usageUnavailable(name, reason);
  }
}
