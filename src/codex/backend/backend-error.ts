import {asRecord} from '../../files/json-values.js';
import {resetAfterMs, resetAtMs} from './reset-time.js';

/** The parts of a backend's error answer that tell what it means. */
export type BackendError = {
  /** `error.code`, `error.type`, `detail.code` and a bare `detail`, in that order of precision. */
  codes: string[];
  message: string | null;
  /** When the quota comes back, milliseconds since the epoch. */
  resetsAtMs: number | null;
};

/**
 * Reads an error body or WebSocket error frame: `{error:{type,code,message,resets_at,resets_in_seconds}}` or
 * `{detail:{code}}` (also nested in `response.failed`).
 *
 * @returns null when `body` holds no error.
 */
export function readBackendError(body: unknown, nowMs: number): BackendError | null {
  const root = asRecord(body);
  const error = asRecord(root?.['error']) ?? asRecord(asRecord(root?.['response'])?.['error']);
  const detail = asRecord(root?.['detail']);
  const bareError = typeof root?.['error'] === 'string' ? root['error'] : null;
  if (!error && !detail && bareError === null) return null;
  const codes = [error?.['code'], error?.['type'], detail?.['code'], detail?.['type'], bareError].filter(
    (code): code is string => typeof code === 'string' && code !== '',
  );
  const message = [error?.['message'], detail?.['message']].find((text) => typeof text === 'string');
  const resetsAtMs = resetAtMs(error?.['resets_at']) ?? resetAfterMs(error?.['resets_in_seconds'], nowMs);
  return {codes, message: message ?? null, resetsAtMs};
}

/** Whether an answer is a page for people: of a firewall or a portal on the way, not of the backend. */
export function isPage(body: unknown): boolean {
  return typeof body === 'string' && body.trimStart().startsWith('<');
}
