import {parseRecord} from '../../files/json-values.js';
import {answerInFrame} from '../backend/error-frame.js';

/** A backend's answer, as far as Codex shows it. */
export type ShownAnswer = {status: number; headers: Record<string, string>; body: Record<string, unknown>};

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
  const {status, headers} = answerInFrame(body);
  return {status: status ?? Number(match?.[1] ?? 400), headers, body};
}
