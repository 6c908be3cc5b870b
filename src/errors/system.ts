import {CaoError} from './cao-error.js';

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

function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
