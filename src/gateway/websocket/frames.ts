import {asNumber, asRecord} from '../../files/json-values.js';
import type {Outcome} from '../../contract/index.js';
import {type StreamEvent, eventOf} from '../http/sse.js';

/** Frames begin with their type; so much is read to find it. */
const PEEK_BYTES = 160;

/** A frame by its type; the rest is parsed only if it is asked for. */
export function peek(data: Buffer): StreamEvent {
  const {type} = eventOf(data.toString('latin1', 0, PEEK_BYTES));
  return type === ''
    ? eventOf(data.toString('utf8'))
    : {type, json: () => eventOf(data.toString('utf8')).json()};
}

/** An `error` frame `{type, status | status_code, error, headers}`, or `response.failed`, for the verdict. */
export function frameOutcome(frame: Record<string, unknown> | null): Outcome {
  const status = asNumber(frame?.['status']) ?? asNumber(frame?.['status_code']);
  const headers = Object.fromEntries(
    Object.entries(asRecord(frame?.['headers']) ?? {}).flatMap(([name, value]) =>
      ['string', 'number', 'boolean'].includes(typeof value) ? [[name.toLowerCase(), String(value)]] : [],
    ),
  );
  return {source: 'websocket', ...(status === null ? {} : {status}), headers, body: frame};
}
