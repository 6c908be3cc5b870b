import {CaoError, messageOf} from '../errors/index.js';

/** The error for a file or folder that is there and cannot be read: `unreadable_file`. */
export function cannotRead(path: string, error: unknown): CaoError {
  return new CaoError(`Cannot read ${path}: ${messageOf(error)}`, {
    code: 'unreadable_file',
    cause: error,
    suggestions: [`Check who owns it: ls -ld ${path}`],
  });
}
