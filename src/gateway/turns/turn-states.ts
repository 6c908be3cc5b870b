import {createHash} from 'node:crypto';

const MOST_STATES = 4000;

/**
 * Which account issued a turn state. A turn state is sent back to that account alone; one that is not known here (the
 * gateway was restarted within a turn) is nobody's and is left out, which costs the turn its routing hint, no more.
 */
export class TurnStates {
  private readonly owners = new Map<string, string>();

  issued(value: string | undefined, account: string): void {
    if (value === undefined || value === '') return;
    const key = digest(value);
    this.owners.delete(key);
    this.owners.set(key, account);
    for (const oldest of this.owners.keys()) {
      if (this.owners.size <= MOST_STATES) break;
      this.owners.delete(oldest);
    }
  }

  belongsTo(value: string, account: string): boolean {
    return this.owners.get(digest(value)) === account;
  }
}

function digest(value: string): string {
  return createHash('sha256').update(value).digest('base64url').slice(0, 22);
}
