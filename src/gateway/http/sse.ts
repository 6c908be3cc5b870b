import {parseRecord} from '../../files/json-values.js';

/** Longer events are passed on without being looked at. */
const LONGEST_EVENT = 1024 * 1024;

/** Reads the type of an event's data when it stands first, as it does with this backend. */
const TYPE_FIRST = /^\s*\{\s*"type"\s*:\s*"([\w.]+)"/;

export type StreamEvent = {type: string; json: () => Record<string, unknown> | null};

/** Splits a stream of server-sent events as its bytes pass by, without changing or holding any. */
export class EventSplitter {
  private rest = '';
  private skipping = false;

  /** @returns the events that are complete with this chunk. */
  push(chunk: Buffer): StreamEvent[] {
    // latin1 keeps byte positions, so a character that is split between chunks does no harm.
    this.rest += chunk.toString('latin1');
    const blocks = this.rest.split(/\r?\n\r?\n/);
    this.rest = blocks.pop() ?? '';
    if (this.rest.length > LONGEST_EVENT) {
      this.rest = this.rest.slice(-4);
      this.skipping = true;
    }
    const events: StreamEvent[] = [];
    for (const block of blocks) {
      if (this.skipping) {
        this.skipping = false;
        continue;
      }
      const event = readEvent(block);
      if (event) events.push(event);
    }
    return events;
  }
}

/** @returns null for a comment or an event without data. */
function readEvent(block: string): StreamEvent | null {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).replace(/^ /, ''))
    .join('\n');
  return data === '' ? null : eventOf(data, 'latin1');
}

/** An event or frame by its JSON text. The type is read without parsing where possible. */
export function eventOf(data: string, encoding: BufferEncoding = 'utf8'): StreamEvent {
  let parsed: Record<string, unknown> | null | undefined;
  const json = (): Record<string, unknown> | null => {
    if (parsed === undefined)
      parsed = parseRecord(encoding === 'latin1' ? Buffer.from(data, 'latin1').toString() : data);
    return parsed;
  };
  const type = TYPE_FIRST.exec(data)?.[1] ?? json()?.['type'];
  return {type: typeof type === 'string' ? type : '', json};
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
