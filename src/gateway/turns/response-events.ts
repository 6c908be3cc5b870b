import {asText, parseRecord} from '../../files/json-values.js';

/** Reads the type of an event's data when it stands first, as it does with this backend. */
const TYPE_FIRST = /^\s*\{\s*"type"\s*:\s*"([\w.]+)"/;

/** An event of a response, over HTTP or WebSocket: its type (empty where it has none), the rest parsed on demand. */
export type StreamEvent = {type: string; json: () => Record<string, unknown> | null};

/**
 * An event by its JSON text. The type is read without parsing where possible.
 *
 * @param encoding `latin1` when each character of `data` stands for one byte of UTF-8.
 */
export function eventOf(data: string, encoding: 'utf8' | 'latin1' = 'utf8'): StreamEvent {
  let parsed: Record<string, unknown> | null | undefined;
  const json = (): Record<string, unknown> | null => {
    if (parsed === undefined)
      parsed = parseRecord(encoding === 'latin1' ? Buffer.from(data, 'latin1').toString() : data);
    return parsed;
  };
  return {type: TYPE_FIRST.exec(data)?.[1] ?? asText(json()?.['type']) ?? '', json};
}

/** What an event means for a response under way. */
export type EventPhase =
  /** Says nothing to the user yet. */
  | 'preamble'
  /** Rate limits of the account. */
  | 'usage'
  /** The model's output. */
  | 'output'
  | 'completed'
  | 'failed';

/** By the event's type; one that is not known is output. */
export function phaseOf(type: string): EventPhase {
  switch (type) {
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
      return 'completed';
    case 'response.failed':
    case 'error':
      return 'failed';
    default:
      return 'output';
  }
}
