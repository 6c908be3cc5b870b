import {ERROR_CODES, type ErrorCode} from './codes.js';
import type {ExitCode} from './exit-codes.js';

export type CaoErrorOptions = {
  code: ErrorCode;
  /** What the user can do next, one sentence or command each. */
  suggestions?: string[];
  cause?: unknown;
};

/** Every error that a user is meant to read. Anything else that is thrown is a bug and is reported as such. */
export class CaoError extends Error {
  override readonly name = 'CaoError';
  readonly code: ErrorCode;
  readonly suggestions: string[];

  constructor(message: string, options: CaoErrorOptions) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause});
    this.code = options.code;
    this.suggestions = options.suggestions ?? [];
  }

  /** The exit code of a process that ends with this error. */
  get exit(): ExitCode {
    return ERROR_CODES[this.code].exit;
  }
}

/** What a library or a layer between threw its own error over; null where that was nothing for a user. */
export function caoErrorIn(error: unknown): CaoError | null {
  if (error instanceof CaoError) return error;
  return error instanceof Error && error.cause !== undefined ? caoErrorIn(error.cause) : null;
}

/** A {@link CaoError} for wrong usage (exit 2). */
export function usageError(message: string, ...suggestions: string[]): CaoError {
  return new CaoError(message, {code: 'usage', suggestions});
}
