import {CaoError, ExitCode, hasErrorCode, messageOf} from '../errors/errors.js';
import {cannotRead} from '../files/cannot-read.js';

/** What a failed command prints under `--json`, and what its plain message is made of. */
export type ErrorEnvelope = {
  error: {message: string; code: string; exit: number; suggestions: string[]};
  /** True for an exit that is not an error to tell of (`this.exit`). */
  silent: boolean;
};

/** Brings everything that a command can throw into one shape. */
export function describeError(error: unknown): ErrorEnvelope {
  if (error instanceof CaoError) {
    const {message, code, exit, suggestions} = error;
    return {error: {message, code, exit, suggestions}, silent: false};
  }
  const exit = oclifExit(error);
  if (hasCode(error, 'EEXIT')) {
    return {error: {message: '', code: 'exit', exit: exit ?? ExitCode.ok, suggestions: []}, silent: true};
  }
  // Ctrl+C at a question: the user's own choice, told by the shell's convention.
  if (error instanceof Error && error.name === 'ExitPromptError') {
    return {error: {message: 'Cancelled.', code: 'cancelled', exit: 130, suggestions: []}, silent: false};
  }
  if (isParseError(error)) {
    const message = messageOf(error)
      .replace(/\n?See more help with --help$/, '')
      .replace(/\s*\n\s*/g, ' ');
    return {
      error: {
        message,
        code: 'usage',
        exit: exit ?? ExitCode.usage,
        suggestions: ['See more help with --help'],
      },
      silent: false,
    };
  }
  const unreadable = readRefusal(error);
  if (unreadable) return describeError(unreadable);
  return {
    error: {
      message: messageOf(error),
      code: 'unexpected',
      exit: exit ?? ExitCode.failure,
      suggestions: exit === null ? ['This looks like a bug in cao. DEBUG=* shows where it happened.'] : [],
    },
    silent: false,
  };
}

/** What the system does not let us read is no bug of ours; that something is missing where it must be is one. */
function readRefusal(error: unknown): CaoError | null {
  if (!(error instanceof Error) || !('syscall' in error && 'path' in error)) return null;
  const {syscall, path} = error;
  if (typeof path !== 'string' || !READING.has(String(syscall)) || hasErrorCode(error, 'ENOENT')) return null;
  return cannotRead(path, error);
}

/** System calls that read only; `open` also comes before writing. */
const READING = new Set(['scandir', 'stat', 'lstat', 'readlink', 'realpath', 'open']);

function oclifExit(error: unknown): number | null {
  if (!(error instanceof Error) || !('oclif' in error)) return null;
  const {oclif} = error;
  return typeof oclif === 'object' && oclif !== null && 'exit' in oclif && typeof oclif.exit === 'number'
    ? oclif.exit
    : null;
}

/** oclif's parser errors carry the input that they refused; those of single values only tell by their exit code. */
function isParseError(error: unknown): boolean {
  return error instanceof Error && ('parse' in error || oclifExit(error) === ExitCode.usage);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
