/** Spreadsheets take these at the start of a cell for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * One cell: quoted where its text needs it (RFC 4180), and never a formula.
 *
 * @param {unknown} value
 */
export function cell(value) {
  if (value === null || value === undefined) return '';
  const text = String(value);
  const safe = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
