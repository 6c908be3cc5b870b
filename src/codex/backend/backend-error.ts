import {asRecord, asText} from '../../files/json-values.js';
import {classifyError} from './error-classes.js';
import {resetAfterMs, resetAtMs} from './reset-time.js';

/** The parts of a backend's error answer that tell what it means. */
export type BackendError = {
  /** `error.code`, `error.type`, `detail.code`, and a bare word for either, in that order of precision. */
  codes: string[];
  message: string | null;
  /** When the quota comes back, milliseconds since the epoch. */
  resetsAtMs: number | null;
};

/**
 * Reads an error body or WebSocket error frame: `{error:{type,code,message,resets_at,resets_in_seconds}}` (also nested in
 * the `response` of an event, or as its `incomplete_details` where they are an error's) or `{detail:{code}}`. Each may be
 * a bare text: a code, or a sentence.
 *
 * @returns null when `body` holds no error.
 */
export function readBackendError(body: unknown, nowMs: number): BackendError | null {
  const root = asRecord(body);
  const response = asRecord(root?.['response']);
  const error = asRecord(root?.['error']) ?? asRecord(response?.['error']) ?? cutShort(response);
  const detail = asRecord(root?.['detail']);
  const bare = [root?.['error'], root?.['detail']].map(asText).filter((text) => text !== null);
  if (!error && !detail && bare.length === 0) return null;
  const codes = [
    ...[error?.['code'], error?.['type'], detail?.['code'], detail?.['type']].map(asText),
    ...bare.filter(isCode),
  ].filter((code) => code !== null);
  const message = [error?.['message'], detail?.['message'], ...bare.filter((text) => !isCode(text))].find(
    (text) => typeof text === 'string',
  );
  const resetsAtMs = resetAtMs(error?.['resets_at']) ?? resetAfterMs(error?.['resets_in_seconds'], nowMs);
  return {codes, message: message ?? null, resetsAtMs};
}

function isCode(text: string): boolean {
  return !/\s/.test(text);
}

/** Why a response was cut short, where that is an error that is known; most are ordinary, such as a limit of its length. */
function cutShort(response: Record<string, unknown> | null): Record<string, unknown> | null {
  const details = asRecord(response?.['incomplete_details']);
  if (details === null) return null;
  const error = {...details, code: asText(details['code']) ?? asText(details['reason'])};
  const codes = error.code === null ? [] : [error.code];
  return classifyError({codes, message: asText(details['message'])}) === null ? null : error;
}

/** Whether an answer is a page for people: of a firewall or a portal on the way, not of the backend. */
export function isPage(body: unknown): boolean {
  return typeof body === 'string' && body.trimStart().startsWith('<');
}
