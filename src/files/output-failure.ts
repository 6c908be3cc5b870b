import {hasErrorCode} from '../errors/index.js';

const failures = new WeakSet<Error>();
let first: Error | null = null;

/**
 * Takes note of what keeps this process from writing to its stdout and stderr: a full disk behind a redirection, a terminal
 * that is gone. oclif throws each of these anew where nobody can catch it; who is reached by an error that nobody has
 * caught must know these, as a word about one of them would only make the next.
 */
export function noteOutputFailures(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.prependListener('error', (error: Error) => {
      failures.add(error);
      // A reader that has seen enough (| head) is no failure, and of stderr nobody could be told.
      if (stream === process.stdout && !hasErrorCode(error, 'EPIPE')) first ??= error;
    });
}

/** Whether an error is one of this process's own stdout or stderr. */
export function isOutputFailure(error: unknown): boolean {
  return error instanceof Error && failures.has(error);
}

/** What has first kept something from stdout; null for nothing. */
export function stdoutFailure(): Error | null {
  return first;
}
