import {parseRecord} from '../../files/json-values.js';

/** A backend's answer, as far as Codex shows it. The status is absent where it does not say one in words. */
export type ShownAnswer = {status?: number; body: Record<string, unknown>};

/** The status and its reason take no more before the body. */
const MOST_BEFORE = 200;

/**
 * Reads the message that Codex makes of an answer it has no own words for (all measured):
 * `unexpected status 402 Payment Required: {"detail":{"code":"deactivated_workspace"}}, url: https://…`; for a 400 the
 * body alone; for an `error` frame of a WebSocket the whole of that.
 *
 * @returns null for any other message.
 */
export function readStatusMessage(message: string): ShownAnswer | null {
  const from = message.indexOf('{');
  if (from === -1) return null;
  const body = parseRecord(message.slice(from, message.lastIndexOf('}') + 1));
  if (body === null || !['error', 'detail'].some((key) => key in body)) return null;
  const said = message.slice(Math.max(0, from - MOST_BEFORE), from);
  const status = /unexpected status (\d{3})[^:]*: $/.exec(said)?.[1];
  return {...(status === undefined ? {} : {status: Number(status)}), body};
}
