/** What a terminal would obey, line ends and tabs aside, and marks that turn the direction of writing. */
const OBEYED = '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069';
const NOT_ON_A_LINE = new RegExp(`[\\n\\t${OBEYED}]+`, 'g');
const NOT_ON_LINES = new RegExp(`[${OBEYED}]+`, 'g');

/** Text that others chose, on one line and without control characters that a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(NOT_ON_A_LINE, ' ').trim();
}

/** {@link printable} for text of several lines, which it stays. */
export function printableLines(text: string): string {
  return text.replaceAll(NOT_ON_LINES, ' ');
}
