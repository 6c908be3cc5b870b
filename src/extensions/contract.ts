/**
 * What a plugin and `cao` promise each other, version 1. This file is the published surface: a change that could
 * break a plugin raises {@link API_VERSION}. It imports nothing, so that its types stand on their own.
 */
export const API_VERSION = 1;

/** The oclif hook by which each kind of extension is offered. */
export const EXTENSION_HOOKS = {
  'quota-detector': 'cao:quota-detectors',
  importer: 'cao:importers',
  'report-formatter': 'cao:report-formatters',
  'doctor-check': 'cao:doctor-checks',
} as const;

export type ExtensionKind = keyof typeof EXTENSION_HOOKS;

/** What every extension has. `id` matches `^[a-z0-9][a-z0-9-]*$` and is unique within its kind. */
export type ExtensionBase = {
  apiVersion: 1;
  id: string;
  /** One line for `cao extensions`. */
  summary: string;
};

/** Handed to every call. The call is abandoned, and `signal` aborted, when its deadline passes. */
export type Context = {
  signal: AbortSignal;
  /** The user's home folder. */
  homeDir: string;
  /** The data folder of `cao`. */
  dataDir: string;
  /** Now, in milliseconds since the epoch; use it instead of the clock so that results can be reproduced. */
  nowMs: number;
  /** The user's settings by key (`cao config list`), defaults filled in. */
  settings: Readonly<Record<string, unknown>>;
  /** A line for the user on stderr, redacted. */
  warn(message: string): void;
};

/** What a failed turn or response means for the account it ran on. */
export type Verdict =
  | {
      kind: 'quota';
      /** `workspace`: every account of that workspace is out. `model`: only the model behind `limitId`. */
      scope: 'account' | 'workspace' | 'model';
      /** When the quota comes back; absent when the backend did not say. */
      until?: Date;
      limitId?: string;
      /** A short cause, such as the backend's own error code. */
      reason: string;
    }
  | {
      /** `auth`: refresh or log in again. `dead`: never retried by itself. `overload`: same account, later.
       * `request`: the request's own fault. `affinity`: state of another account in the request. */
      kind: 'auth' | 'dead' | 'overload' | 'request' | 'affinity';
      reason: string;
      /** Milliseconds that the backend asked to wait. */
      retryAfterMs?: number;
    };

/** How a turn or response failed, as far as it was seen. Tokens never appear in it. */
export type Outcome = {
  /** `process`: a Codex process ended. `http`, `websocket`: the gateway saw the backend's own answer. */
  source: 'process' | 'http' | 'websocket';
  /** Exit code of the process; null while unknown or after a signal. */
  exitCode?: number | null;
  /** The error of the thread's last turn (`task_complete.error` of the rollout). */
  turnError?: {message: string; codexErrorInfo: string | null};
  /** Rate limits as Codex last wrote them into the rollout (`token_count.rate_limits`). */
  rateLimits?: unknown;
  /** HTTP status, or `status` / `status_code` of a WebSocket error frame. */
  status?: number;
  /** Response headers, lower-case names. */
  headers?: Readonly<Record<string, string>>;
  /** The parsed JSON body, or the text when it is not JSON. */
  body?: unknown;
  /** The last error lines of a process whose output was not a terminal; at most 8 KiB. */
  outputTail?: string;
};

export type QuotaDetector = ExtensionBase & {
  /** Null when the outcome says nothing to this detector. The first verdict wins; built-in detectors come last. */
  detect(outcome: Outcome, context: Context): Verdict | null;
};

/** The account an importer found, as it stands in the source. */
export type AccountDraft = {
  /** The name to propose; made valid and unique by the host. */
  name: string;
  /** The whole content for `auth.json`, unknown keys included. */
  auth: Record<string, unknown>;
  /** Whether the source calls it the active account. */
  active?: boolean;
  /** Where it was read, for messages. */
  from: string;
  /** The files that hold this login, inside the source; what `--move` renames away. */
  files?: string[];
};

/** An entry that could not be read; the import goes on. */
export type ImportProblem = {problem: string; from: string};

/** What an importer sees of its source on this machine. */
export type FoundSource = {source: string; accounts: number};

export type ReadOptions = {
  /** The folder or file to read: `--source`, else {@link Importer.defaultSource}. */
  source: string;
  /** `--current`: the name of the active account where the source does not say. */
  current?: string;
  /** What the user gave to the flags that the importer's own command adds. */
  flags?: Readonly<Record<string, unknown>>;
};

export type Importer = ExtensionBase & {
  defaultSource(context: Context): string;
  /** Null when the source is not on this machine. */
  detect(context: Context): Promise<FoundSource | null>;
  /** Reads only: writing is the host's. */
  read(options: ReadOptions, context: Context): AsyncIterable<AccountDraft | ImportProblem>;
};

/** One rate-limit window of an account. */
export type UsageWindow = {
  /** `codex`, or the id of a model's own limit. */
  limitId: string;
  /** 0 to 100. */
  usedPercent: number;
  /** The length names the window: 300 is the 5-hour one, 10080 the weekly one. */
  windowMinutes: number | null;
  resetsAtMs: number | null;
};

export type Usage = {
  windows: UsageWindow[];
  /** The fullest window. */
  binding: UsageWindow | null;
  /** When the newest of it was told, and by whom. */
  fetchedAtMs: number;
  source: 'gateway' | 'rollout' | 'live';
  /** Paid credits beside the plan's limits; null where unknown. */
  credits: {hasCredits: boolean; unlimited: boolean; balance: string | null} | null;
};

/** One account as `cao status --json` shows it. Times in milliseconds since the epoch; null where unknown. */
export type AccountReport = {
  name: string;
  isDefault: boolean;
  /** Whether it can work now. `quarantined`: the backend has closed it. */
  state: 'ready' | 'cooldown' | 'needs-login' | 'quarantined';
  /** Why it is not ready. */
  stateReason: string | null;
  loggedIn: boolean;
  accountId: string | null;
  organizationId: string | null;
  tokenExpiresAtMs: number | null;
  tokenExpiresAtIso: string | null;
  tokenExpiresInMs: number | null;
  /** Whether there is a refresh token, so that an expired token is renewed by itself. */
  refreshable: boolean;
  lastRefreshAtMs: number | null;
  lastRefreshAtIso: string | null;
  lastAttemptAtMs: number | null;
  lastAttemptAtIso: string | null;
  lastSuccessAtMs: number | null;
  lastSuccessAtIso: string | null;
  lastQuotaAtMs: number | null;
  lastQuotaAtIso: string | null;
  cooldownUntilMs: number | null;
  cooldownUntilIso: string | null;
  cooldownRemainingMs: number | null;
  /** Limits of single models that are out; the account itself is usable. */
  modelCooldowns: {limitId: string; untilMs: number}[];
  consecutiveFailures: number;
  lastError: string | null;
  accountDir: string;
  authFilePath: string;
  email: string | null;
  plan: string | null;
  userId: string | null;
  usage: Usage | null;
};

/** What a window stood at, at one moment. */
export type UsagePoint = {
  kind: 'usage';
  atMs: number;
  account: string;
  limitId: string;
  windowMinutes: number | null;
  usedPercent: number;
  source: string;
};

/** Work that went from one account to another. */
export type SwitchPoint = {
  kind: 'switch';
  atMs: number;
  from: string | null;
  to: string | null;
  reason: string;
  /** `run`: the next process. `gateway`: inside a living thread. */
  by: 'run' | 'gateway';
};

export type Report = {
  generatedAt: string;
  accounts: AccountReport[];
  /** The last days, oldest first. */
  history?: (UsagePoint | SwitchPoint)[];
  /** What `cao doctor` finds. */
  findings?: Finding[];
};

export type ReportFormatter = ExtensionBase & {
  /** For the file name that `--output` gets when it names a folder; no dot. */
  extension: string;
  /** Pure: the same report gives the same text. */
  format(report: Report): string | Promise<string>;
};

/** What a doctor check found. */
export type Finding = {
  /** Lower snake case, stable. */
  code: string;
  severity: 'warn' | 'error';
  /** Null for the machine as a whole. */
  account: string | null;
  /** What it means, in one or two sentences. */
  message: string;
  /** The command or step that mends it. */
  fix?: string;
};

/** What a check may look at: redacted, no tokens. */
export type DoctorContext = Context & {
  accounts: readonly AccountReport[];
  thresholds: {expiresWithinHours: number; maxFailures: number};
};

export type DoctorCheck = ExtensionBase & {
  run(context: DoctorContext): Promise<Finding[]>;
};

export type ExtensionOf = {
  'quota-detector': QuotaDetector;
  importer: Importer;
  'report-formatter': ReportFormatter;
  'doctor-check': DoctorCheck;
};
