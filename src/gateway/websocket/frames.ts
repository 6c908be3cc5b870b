import {type StreamEvent, eventOf} from '../turns/response-events.js';

/** One message of a WebSocket. */
export type Frame = {data: Buffer; binary: boolean};

/** Frames begin with their type; so much is read to find it. */
const PEEK_BYTES = 160;

/** A frame by its type; the rest is parsed only if it is asked for. */
export function peek({data}: Frame): StreamEvent {
  const {type} = eventOf(data.toString('latin1', 0, PEEK_BYTES));
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
