import {CaoError} from './cao-error.js';
import type {ErrorCode} from './codes.js';

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether `error` is a Node system error with one of these codes (`ENOENT`, `EACCES`, …). */
export function hasErrorCode(error: unknown, ...codes: string[]): boolean {
  const code = systemCode(error);
  return code !== null && codes.includes(code);
}

/** What the system says against reading something, for a sentence. @throws any error that is not the system's */
export function systemReason(error: unknown): string {
  if (error instanceof Error && 'syscall' in error) return error.message;
  throw error;
}

/** The system's own word for a network error: messages of libraries may quote addresses, codes and our own messages do not. */
export function networkReason(error: unknown): string {
  if (error instanceof CaoError) return error.message;
  return systemCode(error) ?? messageOf(error);
}

/** What a refusal of the system means, whatever was to be done. */
type Refusal = {
  code: ErrorCode;
  /** As the end of a sentence. */
  words: string;
  /** What to do next. `path` is quoted for a shell. */
  next: (path: string) => string[];
};

const FULL: Pick<Refusal, 'code' | 'next'> = {
  code: 'disk_full',
  next: (path) => [`Make room there, and try again: df -h ${path}`],
};
const FORBIDDEN: Pick<Refusal, 'code' | 'next'> = {
  code: 'not_writable',
  next: (path) => [`Check who owns it, and who may write there: ls -ld ${path}`],
};

/** The system's refusals that any file can meet. */
const REFUSALS: Record<string, Refusal> = {
  ENOSPC: {...FULL, words: 'the disk is full'},
  EDQUOT: {
    ...FULL,
    words: 'your share of the disk is used up',
    next: () => ['Remove what you need no more, and try again; how much you may use: quota -s'],
  },
  EROFS: {
    code: 'not_writable',
    words: 'the file system is read-only',
    next: () => ['Mount it for writing, or name a data folder elsewhere: --data-dir PATH'],
  },
  EACCES: {...FORBIDDEN, words: 'the system does not permit it'},
  EPERM: {...FORBIDDEN, words: 'the system does not permit it'},
  EMFILE: {
    code: 'too_many_files',
    words: 'too many files are open in this process',
    next: () => ['Raise the limit in this shell, and try again: ulimit -n 4096'],
  },
  ENFILE: {
    code: 'too_many_files',
    words: 'too many files are open in the whole system',
    next: () => ['End programs that you do not need, and try again.'],
  },
  EIO: {
    code: 'disk_failed',
    words: 'the disk failed',
    next: () => [
      'Look at what the system says of it (dmesg | tail), and copy what you need to another disk.',
    ],
  },
};

/** System calls that read only; `open` also comes before writing, and is told as what it is. */
const READING = new Set([
  'scandir',
  'opendir',
  'stat',
  'lstat',
  'readlink',
  'realpath',
  'read',
  'access',
  'statfs',
  'open',
]);

/** Errors about a file that stands in the way of something, whatever was to be done. */
const ABOUT_FILES: ReadonlySet<ErrorCode> = new Set([
  'unreadable_file',
  'newer_file',
  'disk_full',
  'not_writable',
  'too_many_files',
  'disk_failed',
  'lock_timeout',
]);

/** Whether something failed because a file could not be read or written, and so not for the sake of the work itself. */
export function isFileProblem(error: unknown): boolean {
  return (error instanceof CaoError && ABOUT_FILES.has(error.code)) || systemProblem(error) !== null;
}

/** An error on one line, with the first thing to do about it; for what goes on in spite of it. */
export function briefly(error: unknown): string {
  const told = systemProblem(error) ?? error;
  if (!(told instanceof CaoError)) return messageOf(told);
  const [next] = told.suggestions;
  return next === undefined ? told.message : `${told.message} ${next}`;
}

/**
 * What the system does not let us do with a file, for a user: which file, why, and what to do next. Null for any other
 * error, and for a file that is missing: where one must be there, that is for its reader to explain.
 *
 * @param told what was to be done with which file, where the error itself does not say or names a file beside it.
 */
export function systemProblem(
  error: unknown,
  told: {path?: string; reading?: boolean} = {},
): CaoError | null {
  if (error instanceof CaoError)
    return error.cause === undefined ? null : systemProblem(error.cause, told) && error;
  const found = fileError(error);
  if (found === null)
    return error instanceof Error && error.cause !== undefined ? systemProblem(error.cause, told) : null;
  const refusal = REFUSALS[found.code];
  const path = told.path ?? found.path;
  const reading = told.reading ?? READING.has(found.syscall);
  if (refusal === undefined && path === null) return null;
  const verb = told.reading === undefined && found.syscall === 'open' ? 'open' : reading ? 'read' : 'write';
  const forbidden = refusal === undefined || (refusal.code === 'not_writable' && found.code !== 'EROFS');
  return new CaoError(`Cannot ${verb}${path === null ? '' : ` ${path}`}: ${reasonOf(error)}.`, {
    code: reading && forbidden ? 'unreadable_file' : (refusal?.code ?? 'not_writable'),
    cause: error,
    suggestions: (refusal ?? FORBIDDEN).next(path === null ? '.' : quoted(path)),
  });
}

/** Why something failed, as the end of a sentence: in words where the system refused it, else the error's own. */
export function reasonOf(error: unknown): string {
  const code = refusedWith(error);
  const words = code === null ? undefined : REFUSALS[code]?.words;
  return words === undefined ? messageOf(error) : `${words} (${String(code)})`;
}

function refusedWith(error: unknown): string | null {
  const found = fileError(error);
  if (found !== null) return found.code;
  return error instanceof Error && error.cause !== undefined ? refusedWith(error.cause) : null;
}

type FileError = {code: string; syscall: string; path: string | null};

/** An error of Node's file system, as far as it is one; network errors have a system call too, but never a file. */
function fileError(error: unknown): FileError | null {
  const code = systemCode(error);
  if (!(error instanceof Error) || code === null || !('syscall' in error)) return null;
  const syscall = String(error.syscall);
  if (code === 'ENOENT' || NOT_OF_FILES.has(syscall) || syscall.startsWith('spawn')) return null;
  const path =
    'dest' in error && typeof error.dest === 'string' ? error.dest : 'path' in error ? error.path : null;
  return {code, syscall, path: typeof path === 'string' ? path : null};
}

const NOT_OF_FILES = new Set(['connect', 'listen', 'bind', 'getaddrinfo', 'accept', 'shutdown', 'kill']);

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
