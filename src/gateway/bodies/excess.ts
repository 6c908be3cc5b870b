import type {JsonExcess} from '../../files/json/bounded.js';

/** What a body has too much of to be read: bytes when decoded, work to decode it, or a bound of its JSON. */
export type Excess = 'size' | 'work' | JsonExcess;

/** A body is not read because of what reading it would take. It may be sent on as it is. */
export class BodyExcess extends Error {
  override readonly name = 'BodyExcess';

  constructor(readonly excess: Excess) {
    super(`it ${WORDS[excess]}`);
  }
}

const WORDS: Readonly<Record<Excess, string>> = {
  size: 'is, or unfolds into, more than may be held',
  work: 'takes more work than may be done for it',
  depth: 'is nested too deeply',
  values: 'holds too many values',
};
