import {messageOf} from '../errors/errors.js';

/** An account of whose threads nobody knows, all or some, because the system would not let them be read. */
export type Unread = {account: string; reason: string};

/** A sentence without its full stop. */
export function describeUnread({account, reason}: Unread): string {
  return `The threads of ${account} could not be read (${reason})`;
}

/** What the system says against reading something. @throws any error that is not the system's */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'syscall' in error) return messageOf(error);
  throw error;
}
