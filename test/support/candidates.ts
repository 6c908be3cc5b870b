import {emptyStatus} from '../../src/accounts/status.js';
import type {Candidate} from '../../src/run/candidates.js';

/** An account of this name and state, as a run sees it; there is nothing on disk. */
export function candidate(name: string, availability: Candidate['availability']): Candidate {
  return {
    account: {name, home: `/nowhere/${name}`, isDefault: false, status: emptyStatus()},
    availability,
  };
}
