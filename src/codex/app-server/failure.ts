import {parseJson} from '../../files/json-values.js';

/**
 * An answer by which the backend refused what Codex asked of it. `body` is the text where it is no JSON, and undefined
 * where Codex does not tell it.
 */
export type BackendRefusal = {status: number; body: unknown};

/**
 * Codex gave no answer: it is too old for the question, has no login that the question is for, cannot read what the
 * backend says, did not answer in time, or, with a `refusal`, was refused by the backend.
 */
export class AppServerError extends Error {
  readonly refusal: BackendRefusal | null;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.refusal = readRefusal(message);
  }
}

/** There is no app-server to ask: no such program or subcommand, or it did not come to answer. */
export class NoAppServer extends AppServerError {}

/**
 * Reads how the app-server tells of a refusal: `GET https://… failed: 402 Payment Required; content-type=…;
 * body={"detail":…}`, or of a refused token `workspace routing discovery unauthorized (401)`.
 */
function readRefusal(message: string): BackendRefusal | null {
  const told = /: [A-Z]+ https?:\/\/\S+ failed: (\d{3})\b/.exec(message);
  const rest = told === null ? '' : message.slice(told.index + told[0].length);
  const body = /^[^;]*;[^]*?\bbody=([^]*)$/.exec(rest)?.[1];
  const isWhole = body !== undefined || !rest.includes(';');
  const status = (isWhole ? told?.[1] : undefined) ?? /\bunauthorized \((401)\)/.exec(message)?.[1];
  if (status === undefined) return null;
  return {status: Number(status), body: body === undefined ? undefined : (parseJson(body) ?? body)};
}
