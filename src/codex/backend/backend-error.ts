import {asRecord} from '../../files/json-values.js';

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
  return {codes, message: message ?? null, resetsAtMs: error ? resetTime(error, nowMs) : null};
}

function resetTime(error: Record<string, unknown>, nowMs: number): number | null {
  const at = error['resets_at'];
  if (typeof at === 'number' && Number.isFinite(at) && at > 0) return at * 1000;
  const seconds = error['resets_in_seconds'];
  return typeof seconds === 'number' && Number.isFinite(seconds) ? nowMs + seconds * 1000 : null;
}
