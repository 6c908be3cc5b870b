import {readBackendError} from '../../codex/backend/backend-error.js';
import {answerInFrame} from '../../codex/backend/error-frame.js';
import type {Outcome} from '../../contract/index.js';
import {MOST_DEPTH, parseWithin} from '../../files/json/bounded.js';
import {asRecord, asText} from '../../files/json-values.js';

/** Events with more bytes than this are passed on, and nothing of them is read but a type that stands first. */
export const MOST_EVENT_BYTES = 1024 * 1024;

/** What makes events large are texts and images, not values by the ten thousand. */
const BOUNDS = {depth: MOST_DEPTH, values: 20_000};

/** Reads the type of an event's data when it stands first, as it does with this backend. */
const TYPE_FIRST = /^\s*\{\s*"type"\s*:\s*"([\w.]+)"/;

/** An event of a response, over HTTP or WebSocket: its type (empty where it has none), the rest parsed on demand. */
export type StreamEvent = {
  type: string;
  json: () => Record<string, unknown> | null;
  /** Whether a text of ASCII stands in it, told without parsing: events may be megabytes long. */
  includes: (text: string) => boolean;
};

/**
 * An event by its JSON text, of at most {@link MOST_EVENT_BYTES}. The type is read without parsing where possible.
 *
 * @param encoding `latin1` when each character of `data` stands for one byte of UTF-8.
 */
export function eventOf(data: string, encoding: 'utf8' | 'latin1' = 'utf8'): StreamEvent {
  let parsed: Record<string, unknown> | null | undefined;
  const json = (): Record<string, unknown> | null => {
    if (parsed === undefined)
      parsed = asRecord(
        parseWithin(encoding === 'latin1' ? Buffer.from(data, 'latin1').toString() : data, BOUNDS),
      );
    return parsed;
  };
  // To parse in vain is what takes longest.
  const typeWithin = (): string | null => (data.includes('"type"') ? asText(json()?.['type']) : null);
  const type = TYPE_FIRST.exec(data)?.[1] ?? typeWithin() ?? '';
  return {type, json, includes: (text) => data.includes(text)};
}

/** What an event means for a response under way. */
export type EventPhase =
  /** Says nothing to the user yet. */
  | 'preamble'
  /** Of a type that is not known: nothing of the answer, as far as anyone can tell. */
  | 'unknown'
  /** Rate limits of the account. */
  | 'usage'
  /** The model's output. */
  | 'output'
  | 'completed'
  | 'failed';

/** Types of events that carry output, or tell of a tool at work. */
const OUTPUT = /^response\.(?:output|content_part|reasoning|refusal|audio|image|mcp|\w*_call)/;

/** By the event's type; an end that comes with an error is a failure, whatever the type calls it. */
export function phaseOf(event: StreamEvent): EventPhase {
  switch (event.type) {
    case 'codex.rate_limits':
      return 'usage';
    case 'response.created':
    case 'response.queued':
    case 'response.in_progress':
    case 'response.metadata':
    case 'codex.response.metadata':
    case 'keepalive':
    case '':
      return 'preamble';
    case 'response.completed':
    case 'response.done':
    case 'response.incomplete':
    case 'response.cancelled':
      return holdsError(event) ? 'failed' : 'completed';
    case 'response.failed':
    case 'error':
      return 'failed';
    default:
      return OUTPUT.test(event.type) ? 'output' : 'unknown';
  }
}

/** Where an error would stand: each key with what follows it where its value is an object. */
const ERROR_MARKS = ['error', 'incomplete_details'].flatMap((key) => [`"${key}":{`, `"${key}": {`]);

function holdsError(event: StreamEvent): boolean {
  return (
    ERROR_MARKS.some((mark) => event.includes(mark)) && readBackendError(event.json(), Date.now()) !== null
  );
}

/**
 * What an event that tells of a failure says to the verdict. It may stand for an answer of its own, with a status and
 * headers; else an event has no status, and what it means is in its code.
 *
 * @param headers of the response that it came in, lower-case names.
 */
export function failureOutcome(
  source: 'http' | 'websocket',
  event: StreamEvent,
  headers: Readonly<Record<string, string>> = {},
): Outcome {
  const body = event.json();
  const answer = answerInFrame(body);
  return {
    source,
    ...(answer.status === null ? {} : {status: answer.status}),
    headers: {...headers, ...answer.headers},
    body,
  };
}
