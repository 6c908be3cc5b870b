/** Exit codes that `cao` itself gives; a run otherwise returns Codex's own (docs/exit-codes.md). */
export const ExitCode = {
  ok: 0,
  failure: 1,
  /** Wrong usage: flags, arguments, a missing name without a terminal. */
  usage: 2,
  /** sysexits' EX_TEMPFAIL: every account is out; try again at the reset time. */
  tempFail: 75,
  /** The convention of shells for a command that is not installed. */
  notFound: 127,
} as const;

export type CaoErrorOptions = {
  /** Stable, machine-readable, lower snake case. */
  code: string;
  /** Process exit code; {@link ExitCode.failure} unless given. */
  exit?: number;
  /** What the user can do next, one sentence or command each. */
  suggestions?: string[];
  cause?: unknown;
};

/** Every error that a user is meant to read. Anything else that is thrown is a bug and is reported as such. */
export class CaoError extends Error {
  override readonly name = 'CaoError';
  readonly code: string;
  readonly exit: number;
  readonly suggestions: string[];

  constructor(message: string, options: CaoErrorOptions) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause});
    this.code = options.code;
    this.exit = options.exit ?? ExitCode.failure;
    this.suggestions = options.suggestions ?? [];
  }
}

/** A {@link CaoError} for wrong usage (exit 2). */
export function usageError(message: string, ...suggestions: string[]): CaoError {
  return new CaoError(message, {code: 'usage', exit: ExitCode.usage, suggestions});
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether `error` is a Node system error with this code (`ENOENT`, `EACCES`, …). */
export function hasErrorCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
