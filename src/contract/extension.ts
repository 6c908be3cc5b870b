import type {AccountReport} from './account.js';
import type {Finding, Thresholds} from './diagnosis.js';
import type {Outcome} from './outcome.js';
import type {Report} from './report.js';
import type {Verdict} from './verdict.js';

/** The kinds of extension that a plugin can bring. */
export type ExtensionKind = 'quota-detector' | 'importer' | 'report-formatter' | 'doctor-check';

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
export type FoundSource = {
  source: string;
  /** Logins that can be read there, each as often as it is there. */
  accounts: number;
  /** Entries that an import would count as errors; absent where they were not looked for. */
  problems?: number;
};

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

export type ReportFormatter = ExtensionBase & {
  /** For the file name that `--output` gets when it names a folder; no dot. */
  extension: string;
  /** Pure: the same report gives the same text. */
  format(report: Report): string | Promise<string>;
};

/** What a check may look at: redacted, no tokens. */
export type DoctorContext = Context & {
  accounts: readonly AccountReport[];
  /** Homes whose Codex `cao gateway enable` leads to a gateway; of accounts and of nobody. */
  routedHomes: readonly string[];
  thresholds: Thresholds;
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
