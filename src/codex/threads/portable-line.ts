import {asRecord, asText, parseRecord} from '../../files/json-values.js';

/** What of a thread's creator makes Codex treat it as another account's. */
const CREATOR_KEYS = ['account_scoped', 'creator_user_id', 'creator_account_id'];

const ENCRYPTED = 'encrypted_content';

/** Most lines need no parsing. */
const WORTH_READING = /encrypted_content|account_scoped|creator_/;

/**
 * A rollout line as another account can use it: reasoning, which only the account that made it can read, becomes an
 * event that says nothing, and `session_meta` no longer names its creator.
 *
 * A changed line keeps its length in bytes (blanks after the JSON fill it up), its time and its ordinal: Codex
 * remembers, per home, up to which byte and ordinal of a rollout it has read.
 */
export function portableLine(line: string): string {
  if (!WORTH_READING.test(line)) return line;
  const record = parseRecord(line);
  const payload = asRecord(record?.['payload']);
  if (!record || !payload) return line;
  if (record['type'] === 'session_meta') {
    const kept = Object.entries(payload).filter(([key]) => !CREATOR_KEYS.includes(key));
    return filled(line, {...record, payload: Object.fromEntries(kept)});
  }
  if (record['type'] === 'response_item' && isSealedReasoning(payload)) {
    return filled(line, {
      timestamp: record['timestamp'],
      ...('ordinal' in record ? {ordinal: record['ordinal']} : {}),
      type: 'event_msg',
      payload: {type: 'token_count', info: null, rate_limits: null},
    });
  }
  const history = payload['replacement_history'];
  if (record['type'] === 'compacted' && Array.isArray(history) && history.some(isSealedReasoning)) {
    const kept = history.filter((item) => !isSealedReasoning(item));
    return filled(line, {...record, payload: {...payload, replacement_history: kept}});
  }
  return line;
}

/**
 * Whether a line decides if the thread can move: true when it holds encrypted content that cannot be left out (a
 * part that was compacted remotely), false when it replaces all that came before by readable text, null when it is
 * neither.
 */
export function sealsThread(line: string): boolean | null {
  const compacted = line.includes('"compacted"');
  if (!compacted && !line.includes(ENCRYPTED)) return null;
  const record = parseRecord(portableLine(line));
  const payload = asRecord(record?.['payload']);
  if (record?.['type'] === 'compacted') return holdsEncrypted(payload);
  return record?.['type'] === 'response_item' && holdsEncrypted(payload) ? true : null;
}

/** Whether two lines at one place are the same but for what {@link portableLine} takes out. */
export function sameLine(one: Buffer, other: Buffer): boolean {
  if (one.length !== other.length) return false;
  if (one.equals(other)) return true;
  const [first, second] = [one.toString('utf8'), other.toString('utf8')];
  return portableLine(first) === portableLine(second);
}

function isSealedReasoning(item: unknown): boolean {
  const record = asRecord(item);
  return record?.['type'] === 'reasoning' && asText(record[ENCRYPTED]) !== null;
}

function holdsEncrypted(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsEncrypted);
  const record = asRecord(value);
  if (!record) return false;
  return asText(record[ENCRYPTED]) !== null || Object.values(record).some(holdsEncrypted);
}

function filled(line: string, record: Record<string, unknown>): string {
  const text = JSON.stringify(record);
  return text + ' '.repeat(Math.max(0, Buffer.byteLength(line) - Buffer.byteLength(text)));
}
