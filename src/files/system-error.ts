import {messageOf} from '../errors/errors.js';

/** What the system says against reading something, for a sentence. @throws any error that is not the system's */
export function systemReason(error: unknown): string {
  if (error instanceof Error && 'syscall' in error) return messageOf(error);
  throw error;
}
