import type {JsonObject} from '../account/json.js';
import type {AnswerFunction} from './answers.js';
import type {ErrorAnswer} from './disturbances.js';
import type {RecordedRequest} from './recorded-request.js';
import type {SimulatedAccount} from './simulated-account.js';

/** How the model answers, whichever account asks. */
export type ModelRules = {
  readonly answer: AnswerFunction;
  /** refuse encrypted content that another account made, as the real backend does */
  readonly enforceEncryptedContent: boolean;
};

/** One request for a response, whichever way it came. */
export type Turn = {
  rules: ModelRules;
  account: SimulatedAccount;
  record: RecordedRequest;
  /** the body, or the frame */
  request: JsonObject;
  /** the whole conversation that the response goes on from */
  input: JsonObject[];
  /** the items of `input` that came with this request */
  newInput: JsonObject[];
  /** Notes how the turn ended, as the request log shows it; null is no status. The first note counts. */
  end(status: number | null, outcome: string): void;
};

/** A response that was given, for the turns that build on it. */
export type FinishedTurn = {
  responseId: string;
  input: JsonObject[];
};

/** Where a response goes: an SSE stream or a WebSocket. */
export type Sink = {
  /** Sends the headers of the response; a WebSocket has sent its own with the upgrade. */
  begin(): void;
  /**
   * Sends one event, and waits while the client reads more slowly than we write.
   * @throws ClientGone when the client has gone
   */
  send(event: JsonObject): Promise<void>;
  /** Ends the response with an error: before `begin` in place of it, after it in the middle. */
  fail(error: ErrorAnswer, headers: Record<string, string>): void;
  drop(): void;
  close(code: number, reason: string): void;
  /** The response is complete. */
  finish(): void;
};

/** The client has gone away. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection');
  }
}
