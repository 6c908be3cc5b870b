import {asRecord, asText} from '../../files/json-values.js';
import {classifyError} from './error-classes.js';
import {resetAfterMs, resetAtMs} from './reset-time.js';

/** The parts of a backend's error answer that tell what it means. */
export type BackendError = {
  /** Of `error`, of `detail`, a bare word for either, and of the body itself, in that order of precision. */
  codes: string[];
  message: string | null;
  /** When the quota comes back, milliseconds since the epoch. */
  resetsAtMs: number | null;
};

/**
 * Reads an error body or WebSocket error frame: `{error:{type,code,message,resets_at,resets_in_seconds}}` (also nested in
 * the `response` of an event, or as its `incomplete_details` where they are an error's), `{detail:{…}}` of the same
 * members, or these members in the body itself. `error` and `detail` may be a bare text: a code, or a sentence.
 *
 * @returns null when `body` holds no error.
 */
export function readBackendError(body: unknown, nowMs: number): BackendError | null {
  const root = asRecord(body);
  const response = asRecord(root?.['response']);
  const error = asRecord(root?.['error']) ?? asRecord(response?.['error']) ?? cutShort(response);
  const detail = asRecord(root?.['detail']);
  const itself = ownError(root);
  const bare = [root?.['error'], root?.['detail']].map(asText).filter((text) => text !== null);
  if (!error && !detail && !itself && bare.length === 0) return null;
  const places = [error, detail, itself];
  const [inError, inDetail, inBody] = places.map((place) => [place?.['code'], place?.['type']].map(asText));
  const codes = [inError, inDetail, bare.filter(isCode), inBody].flatMap((found) => found ?? []);
  const messages = [error?.['message'], detail?.['message'], ...bare.filter((text) => !isCode(text))];
  const message = [...messages, itself?.['message']].find((text) => typeof text === 'string');
  const resetsAtMs = places
    .map((place) => resetAtMs(place?.['resets_at']) ?? resetAfterMs(place?.['resets_in_seconds'], nowMs))
    .find((atMs) => atMs !== null);
  return {
    codes: codes.filter((code) => code !== null),
    message: message ?? null,
    resetsAtMs: resetsAtMs ?? null,
  };
}

/** A body that is the error itself. Its `type` is most often that of an event or a problem: only a known code is one. */
function ownError(root: Record<string, unknown> | null): Record<string, unknown> | null {
  const type = asText(root?.['type']);
  const isKnown = type !== null && classifyError({codes: [type], message: null}) !== null;
  const own = {...root, type: isKnown ? type : null};
  return [own['type'], asText(root?.['code']), asText(root?.['message'])].some((text) => text !== null)
    ? own
    : null;
}

function isCode(text: string): boolean {
  return !/\s/.test(text);
}

/** Why a response was cut short, where that is an error that is known; most are ordinary, such as a limit of its length. */
function cutShort(response: Record<string, unknown> | null): Record<string, unknown> | null {
  const details = asRecord(response?.['incomplete_details']);
  if (details === null) return null;
  const error = {...details, code: asText(details['code']) ?? asText(details['reason'])};
  const codes = error.code === null ? [] : [error.code];
  return classifyError({codes, message: asText(details['message'])}) === null ? null : error;
}

/** Whether an answer is a page for people: of a firewall or a portal on the way, not of the backend. */
export function isPage(body: unknown): boolean {
  return typeof body === 'string' && body.trimStart().startsWith('<');
}
