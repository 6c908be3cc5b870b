import {
  CaoError,
  ERROR_CODES,
  type ErrorCode,
  ExitCode,
  hasErrorCode,
  messageOf,
  systemProblem,
} from '../errors/index.js';
import {isCancelled} from '../ui/confirm.js';
import {parseRefusal} from './parse-refusal.js';

/** What a failed command prints under `--json`, and what its plain message is made of. */
type DescribedError = {message: string; code: ErrorCode; exit: number; suggestions: string[]};

/** How a command ended: `error` is null for an exit that is not an error to tell of (`this.exit`). */
export type Ending = {exit: number; error: DescribedError | null};

/** Brings everything that a command can throw into one shape. */
export function describeError(error: unknown): Ending {
  if (error instanceof CaoError) return ended(error.code, error.message, error.suggestions);
  const exit = oclifExit(error);
  if (hasErrorCode(error, 'EEXIT')) return {exit: exit ?? ExitCode.ok, error: null};
  // Ctrl+C at a question: the user's own choice, told by the shell's convention.
  if (isCancelled(error)) return ended('cancelled', 'Cancelled.');
  const refused = parseRefusal(error);
  if (refused) return describeError(refused);
  // What the system does not let us do is no bug of ours; that something is missing where it must be is one.
  const problem = systemProblem(error);
  if (problem) return describeError(problem);
  const bug = ['This looks like a bug in cao. DEBUG=* shows where it happened.'];
  return exit === null
    ? ended('unexpected', messageOf(error), bug)
    : ended('unexpected', messageOf(error), [], exit);
}

/** Where an error happened that nobody foresaw, for a user who sets `DEBUG`; null otherwise. */
export function traceOf(error: unknown, env: NodeJS.ProcessEnv = process.env): string | null {
  if (!env['DEBUG'] || describeError(error).error?.code !== 'unexpected') return null;
  return error instanceof Error ? (error.stack ?? null) : null;
}

function ended(
  code: ErrorCode,
  message: string,
  suggestions: string[] = [],
  exit: number = ERROR_CODES[code].exit,
): Ending {
  return {exit, error: {message, code, exit, suggestions}};
}

function oclifExit(error: unknown): number | null {
  if (!(error instanceof Error) || !('oclif' in error)) return null;
  const {oclif} = error;
  return typeof oclif === 'object' && oclif !== null && 'exit' in oclif && typeof oclif.exit === 'number'
    ? oclif.exit
    : null;
}
