import {createHash} from 'node:crypto';

import {LRUCache} from 'lru-cache';

/** Turn states that are remembered; the one used least recently is forgotten first. */
const MOST_STATES = 4000;

/**
 * Which account issued a turn state. A turn state is sent back to that account alone; one that is not known here (the
 * gateway was restarted within a turn) is nobody's and is left out, which costs the turn its routing hint, no more.
 */
export class TurnStates {
  private readonly owners: LRUCache<string, string>;

  /** @param most turn states that are remembered. */
  constructor(most = MOST_STATES) {
    this.owners = new LRUCache({max: most});
  }

  issued(value: string | undefined, account: string): void {
    if (value !== undefined && value !== '') this.owners.set(digest(value), account);
  }

  belongsTo(value: string, account: string): boolean {
    return this.owners.get(digest(value)) === account;
  }
}

function digest(value: string): string {
  return createHash('sha256').update(value).digest('base64url').slice(0, 22);
}
