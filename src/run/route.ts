import type {Candidate, LoginUser} from '../accounts/standings.js';
import type {Account} from '../accounts/store/store.js';
import type {Verdict} from '../contract/index.js';
import type {CaoError} from '../errors/index.js';
import type {Attempt} from './attempt.js';
import type {ModelLimits} from './model-limits.js';

export type QuotaVerdict = Extract<Verdict, {kind: 'quota'}>;

/** What a run does next. */
export type NextAttempt =
  | {kind: 'attempt'; account: Account}
  /** Looks at the accounts again after so many milliseconds. */
  | {kind: 'pause'; ms: number}
  /** No account is free: the run waits for one, or ends. */
  | {kind: 'standstill'}
  /** The account that must begin cannot, and waiting does not help: the run ends. */
  | {kind: 'refuse'; error: CaoError};

/**
 * How Codex's requests reach the backend, and what follows from it: in whose home Codex runs, what the end of an
 * attempt means for the next, and who writes down what it shows. One route belongs to one run.
 */
export type Route = {
  /** Overrides of Codex's configuration, before the user's own arguments. */
  overrides: readonly string[];
  /** Variables that Codex gets beside those of its account. */
  environment: Readonly<Record<string, string>>;
  /** Each attempt runs in the home of its own account, with that one's settings. */
  eachInItsHome: boolean;
  /** Codex never meets content that its account cannot read, unless nothing can be done about it. */
  leavesOutForeignContent: boolean;
  /** Who uses the accounts' logins. */
  loginUser: LoginUser;
  /** Whether the home's token goes out with Codex's requests, to the backend or a gateway. */
  showsToken: boolean;
  /** Which accounts are out for the run's model. */
  limits: ModelLimits;
  /** Chooses among all accounts, in the order in which they are tried. */
  next: (all: readonly Candidate[]) => NextAttempt;
  /** The line that says where Codex runs now. */
  using: (account: Account) => string;
  /** The line that says so when an attempt takes the place of one that ended for a quota; null: none. */
  fallingBack: (from: string, to: string, verdict: QuotaVerdict) => string | null;
  /** Whether another attempt makes sense after one that ended for a quota. */
  canGoOn: (verdict: QuotaVerdict) => Promise<boolean>;
  /** Null where a run tells nothing of its accounts, or the gateway writes everything down as it happens. */
  recorder: Recorder | null;
};

/** Writes into the data folder what a run learns of its accounts. */
export type Recorder = {
  began: (account: Account) => Promise<void>;
  ended: (account: Account, attempt: Attempt, verdict: Verdict | null) => Promise<void>;
  /** The work went from one account to the next. */
  fellBack: (from: string, to: string, reason: string) => Promise<void>;
};
