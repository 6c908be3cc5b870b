import {asNumber, asRecord} from '../../files/json-values.js';

/**
 * What an `error` frame or event says of the answer that it stands for: `{type, status | status_code, headers}`, the names
 * of headers in lower case. The status is null where it says none.
 */
export function answerInFrame(frame: Record<string, unknown> | null): {
  status: number | null;
  headers: Record<string, string>;
} {
  const headers = Object.fromEntries(
    Object.entries(asRecord(frame?.['headers']) ?? {}).flatMap(([name, value]) =>
      ['string', 'number', 'boolean'].includes(typeof value) ? [[name.toLowerCase(), String(value)]] : [],
    ),
  );
  return {status: asNumber(frame?.['status']) ?? asNumber(frame?.['status_code']), headers};
}
