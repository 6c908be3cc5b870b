import {lastErrorIn} from '../codex/process/exec-output.js';
import type {Outcome} from '../contract/index.js';

/** An error in words, with Codex's code for it; null for none. */
export type LastError = {message: string; code: string | null};

/**
 * The error that ended a process: by its thread's own record, else by what a process that failed has printed last.
 *
 * @returns null where neither tells of one.
 */
export function lastErrorOf({turnError, exitCode, outputTail}: Outcome): LastError | null {
  if (turnError) return {message: turnError.message, code: turnError.codexErrorInfo};
  if (exitCode === 0 || exitCode === undefined || outputTail === undefined) return null;
  const message = lastErrorIn(outputTail);
  return message === null ? null : {message, code: null};
}
