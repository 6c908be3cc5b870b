import {parseRecord} from '../../files/json-values.js';

/** A backend's answer, as far as Codex shows it. The status is absent where it does not say one in words. */
export type ShownAnswer = {status?: number; body: Record<string, unknown>};

/**
 * Reads the message that Codex makes of an answer it has no own words for (all measured):
 * `unexpected status 402 Payment Required: {"detail":{"code":"deactivated_workspace"}}, url: https://…`; for a 400 the
 * body alone; for an `error` frame of a WebSocket the whole of that.
 *
 * @returns null for any other message.
 */
export function readStatusMessage(message: string): ShownAnswer | null {
  const match = /(?:unexpected status (\d{3})[^:]*: )?(\{.*\})/s.exec(message);
  const body = parseRecord(match?.[2] ?? '');
  if (body === null || !['error', 'detail'].some((key) => key in body)) return null;
  return {...(match?.[1] === undefined ? {} : {status: Number(match[1])}), body};
}
