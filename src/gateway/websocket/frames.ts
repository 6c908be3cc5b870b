import {MOST_EVENT_BYTES, type StreamEvent, eventOf} from '../turns/response-events.js';

/** One message of a WebSocket. */
export type Frame = {data: Buffer; binary: boolean};

/**
 * Larger messages of a client are refused with 1009, as the backend does, on which Codex goes on over HTTP: they are
 * unmasked and masked as a whole, and everything else waits meanwhile.
 */
export const MOST_FRAME_BYTES = 16 * 1024 * 1024;

/** Frames begin with their type; so much is read to find it. */
const PEEK_BYTES = 160;

/** The type of a frame where it stands first; empty where it does not. */
export function firstType({data}: Frame): string {
  return eventOf(data.toString('latin1', 0, PEEK_BYTES), 'latin1').type;
}

/** A frame of the backend by its type; the rest is parsed only if it is asked for. */
export function peek(frame: Frame): StreamEvent {
  const {data} = frame;
  const type = firstType(frame);
  if (data.length > MOST_EVENT_BYTES) return {type, json: () => null, includes: () => false};
  return type === ''
    ? eventOf(data.toString('utf8'))
    : {
        type,
        json: () => eventOf(data.toString('utf8')).json(),
        includes: (text) => data.includes(text),
      };
}

/** An `error` frame of the gateway's own, in the form of the backend's. */
export function errorFrame(status: number, error: Record<string, unknown>): Frame {
  return {data: Buffer.from(JSON.stringify({type: 'error', status, error})), binary: false};
}

/** The frame on which Codex connects anew and sends its turn whole, without a word to the user. */
export const RESEND = errorFrame(400, {
  type: 'invalid_request_error',
  code: 'websocket_connection_limit_reached',
  message: 'This connection cannot go on. Create a new one.',
});
