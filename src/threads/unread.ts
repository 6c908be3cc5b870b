/** An account of whose threads nobody knows, all or some, because the system would not let them be read. */
export type Unread = {account: string; reason: string};

/** A sentence without its full stop. */
export function describeUnread({account, reason}: Unread): string {
  return `The threads of ${account} could not be read (${reason})`;
}
