import {messageOf} from '../../errors/errors.js';

/** The system's own word for a network error: messages of libraries may quote addresses, codes do not. */
export function networkReason(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : messageOf(error);
}
