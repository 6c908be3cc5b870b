import {parseJson} from '../../files/json-values.js';

/**
 * Reads the message that Codex makes of an answer it has no own words for:
 * `unexpected status 402 Payment Required: {"detail":{"code":"deactivated_workspace"}}, url: https://…`.
 *
 * @returns the status and the parsed body; null for any other message.
 */
export function readStatusMessage(message: string): {status: number; body: unknown} | null {
  const match = /unexpected status (\d{3})[^:]*: (\{.*\})/.exec(message);
  if (!match?.[1] || !match[2]) return null;
  const body = parseJson(match[2]);
  return body === undefined ? null : {status: Number(match[1]), body};
}
