import {systemProblem} from '../errors/index.js';

/**
 * Does `write`, whose errors name `path` then: Node's own name no file once it is open, and a file beside it where the
 * file is replaced in one step.
 *
 * @throws CaoError `disk_full`, `not_writable`, `too_many_files` or `disk_failed` for what the system refuses.
 */
export async function writingTo<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw systemProblem(error, {path, reading: false}) ?? error;
  }
}
