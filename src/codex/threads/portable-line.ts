import {isUtf8} from 'node:buffer';

import {asRecord, isNestedTooDeep, parseRecord} from '../../files/json-values.js';
import {SEALED_MARK, isSealedSummary, openItem, sealedTexts} from './sealed-items.js';

/** What of a thread's creator makes Codex treat it as another account's. */
const CREATOR_KEYS = ['account_scoped', 'creator_user_id', 'creator_account_id'];

/** Lines whose payload Codex sends to a backend. Of others it needs every field. */
const IN_CONVERSATION: ReadonlySet<unknown> = new Set(['response_item', 'inter_agent_communication']);

/** Most lines need no parsing. */
const WORTH_READING = new RegExp(`${SEALED_MARK}|account_scoped|creator_`);

/**
 * A rollout line as another account can use it: without what only the account that made it can read (see sealed-items.ts;
 * an item that is nothing else becomes an event that says nothing), and `session_meta` no longer names its creator.
 *
 * A changed line keeps its length in bytes (blanks after the JSON fill it up), its time and its ordinal: Codex
 * remembers, per home, up to which byte and ordinal of a rollout it has read.
 */
export function portableLine(line: string): string {
  if (!WORTH_READING.test(line)) return line;
  const record = parseRecord(line);
  const payload = asRecord(record?.['payload']);
  // What is nested without an end no Codex reads.
  if (!record || !payload || isNestedTooDeep(payload)) return line;
  if (record['type'] === 'session_meta') {
    const kept = Object.entries(payload).filter(([key]) => !CREATOR_KEYS.includes(key));
    return filled(line, {...record, payload: Object.fromEntries(kept)});
  }
  if (record['type'] === 'compacted') return withHistory(line, record, payload);
  if (!IN_CONVERSATION.has(record['type'])) return line;
  const item = openItem(payload);
  if (item === payload) return line;
  if (item !== null) return filled(line, {...record, payload: item});
  return filled(line, {
    timestamp: record['timestamp'],
    ...('ordinal' in record ? {ordinal: record['ordinal']} : {}),
    type: 'event_msg',
    payload: {type: 'token_count', info: null, rate_limits: null},
  });
}

/** {@link portableLine} of a line's bytes. What is no UTF-8 stays as it is: no Codex reads it, and its length would change. */
export function portableBytes(bytes: Buffer): Buffer {
  if (!isUtf8(bytes)) return bytes;
  const line = bytes.toString('utf8');
  const portable = portableLine(line);
  return portable === line ? bytes : Buffer.from(portable);
}

/** A compaction whose history holds nothing sealed but a summary. */
function withHistory(
  line: string,
  record: Record<string, unknown>,
  payload: Record<string, unknown>,
): string {
  const history: unknown = payload['replacement_history'];
  if (!Array.isArray(history)) return line;
  const open = history.map(openItem);
  if (open.every((item, n) => item === history[n])) return line;
  const kept = open.filter((item) => item !== null);
  return filled(line, {...record, payload: {...payload, replacement_history: kept}});
}

/**
 * Whether a line decides if the thread can move: true when it holds the summary of a remote compaction, which cannot be
 * left out, false when it replaces all that came before by readable text, null when it is neither.
 */
export function sealsThread(line: string): boolean | null {
  if (!line.includes('"compacted"') && !line.includes(SEALED_MARK)) return null;
  const record = parseRecord(portableLine(line));
  const payload = asRecord(record?.['payload']);
  if (isNestedTooDeep(payload)) return null;
  if (record?.['type'] === 'compacted') return sealedTexts(payload).length > 0;
  return record?.['type'] === 'response_item' && isSealedSummary(payload) ? true : null;
}

/** Whether two lines at one place are the same but for what {@link portableLine} takes out. */
export function sameLine(one: Buffer, other: Buffer): boolean {
  if (one.length !== other.length) return false;
  if (one.equals(other)) return true;
  const [first, second] = [one.toString('utf8'), other.toString('utf8')];
  return portableLine(first) === portableLine(second);
}

/** A line that would become longer, as only one can that seals a character or two, stays. */
function filled(line: string, record: Record<string, unknown>): string {
  const text = JSON.stringify(record);
  const free = Buffer.byteLength(line) - Buffer.byteLength(text);
  return free < 0 ? line : text + ' '.repeat(free);
}
