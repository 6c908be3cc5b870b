import type {Outcome} from '../../contract/index.js';
import type {Lease} from '../pool/credentials.js';
import type {Refusal} from './refusal.js';

/**
 * Asks the backend once with an account. `strip`: something sealed could not be read, so nothing sealed may be sent.
 *
 * @throws whatever ends the request for good, such as the client's going away.
 */
export type Send<T, A> = (lease: Lease, options: {strip: boolean}) => Promise<Sent<T, A>>;

/**
 * What came of asking once. `T`: an answer that is one. `A`: the backend's own answer that says no, in the form in
 * which it can be handed to the client.
 */
export type Sent<T, A> =
  | {kind: 'taken'; value: T}
  /** `drop` lets go of an answer that is not handed on. */
  | {kind: 'failed'; outcome: Outcome; answer: A; drop?: () => void}
  /** There is no answer, so none can be handed on. */
  | {kind: 'unreachable'; reason: string};

/** How the attempts at a request ended, and with which account; null when none could be asked. */
export type Conclusion<T, A> =
  | {kind: 'taken'; value: T; lease: Lease}
  /** The backend's answer is the client's to deal with. */
  | {kind: 'passed'; answer: A; lease: Lease}
  | {kind: 'refused'; refusal: Refusal; lease: Lease | null};
