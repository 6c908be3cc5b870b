import {hasWorkingLogin, someMayHaveModel, usable} from '../accounts/state/choice.js';
import type {Candidate} from '../accounts/standings.js';
import type {AccountStore} from '../accounts/store/store.js';
import {modelOf} from '../codex/route/model.js';
import {type AccountChoice, candidates, wanted} from './candidates.js';
import {ModelLimits} from './model-limits.js';
import {recordAttempt, recordFallback} from './record-attempt.js';
import type {NextAttempt, QuotaVerdict, Recorder, Route} from './route.js';
import {loginNeeded} from './standstill.js';
import {loginLine} from '../codex/login/login-line.js';
import {kindOfLogin, readAuthFile} from '../codex/login/auth-file.js';

export type DirectOptions = AccountChoice & {
  store: AccountStore;
  /** For Codex, as the user gave them. */
  codexArguments: readonly string[];
  /** Where Codex is started. */
  cwd: string;
  /** How often the list of accounts is gone through. */
  maxPasses: number;
  /** Pause between two passes. */
  retryDelayMs: number;
  /** One line for the user, on stderr. */
  notify: (line: string) => void;
};

/** Codex talks to the backend itself, with the login of the home it runs in: each attempt is one account's. */
export function directRoute(options: DirectOptions): Route {
  const {store, codexArguments, cwd, maxPasses, retryDelayMs, notify} = options;
  const limits = new ModelLimits((home) => modelOf(home, codexArguments, cwd));
  let tried = new Set<string>();
  let pass = 1;
  let begun = false;
  const next = (all: readonly Candidate[]): NextAttempt => {
    const first = begun ? null : wanted(all, options);
    // To name an account is to ask for it, whatever it has shown before: also one that rests or was closed.
    const named = options.account === undefined ? null : first;
    if (first && (named ? first.standing.state === 'needs-login' : !hasWorkingLogin(first)))
      return {kind: 'refuse', error: loginNeeded(first)};
    const free = named ?? usable(all).find(({name}) => !tried.has(name));
    begun = true;
    if (free) {
      tried.add(free.name);
      return {kind: 'attempt', account: free.account};
    }
    const again = pass < maxPasses && tried.size > 0;
    pass = again ? pass + 1 : 1;
    tried = new Set();
    return again ? {kind: 'pause', ms: retryDelayMs} : {kind: 'standstill'};
  };
  return {
    overrides: [],
    environment: {},
    eachInItsHome: true,
    leavesOutForeignContent: false,
    loginUser: 'codex',
    showsToken: true,
    limits,
    next,
    using: ({name}) => `Using account: ${name}`,
    fallingBack,
    canGoOn: async ({lacks}) =>
      lacks === undefined || someMayHaveModel(await candidates(store, options, {limits, loginUser: 'codex'})),
    recorder: recorderOf(store, limits, notify),
  };
}

function fallingBack(from: string, to: string, {lacks}: QuotaVerdict): string {
  if (from === to) return `${to} can be used again. Trying it once more.`;
  return lacks === undefined
    ? `Quota exhausted on ${from}. Falling back to: ${to}`
    : `${from} does not have the model ${lacks}. Falling back to: ${to}`;
}

function recorderOf(store: AccountStore, limits: ModelLimits, notify: (line: string) => void): Recorder {
  return {
    began: ({name}) => store.status.recordAttempt(name, Date.now()),
    ended: async ({name, home}, attempt, verdict) => {
      const model = attempt.summary?.model ?? (await limits.modelIn(home));
      limits.note(name, await recordAttempt(store, {name, home}, attempt, {verdict, model}));
      if (verdict?.kind === 'auth')
        notify(
          `${name} is needs-login now (${verdict.reason}): ${loginLine(name, kindOfLogin(await readAuthFile(home)))}`,
        );
      if (verdict?.kind === 'dead')
        notify(`${name} is quarantined now (${verdict.reason}), until it is logged in again.`);
    },
    fellBack: (from, to, reason) => recordFallback(store, from, to, reason),
  };
}
