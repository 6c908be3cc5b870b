import stringWidth from 'string-width';

import {padEnd} from './cells.js';

/** Two blanks between columns. */
const GAP = '  ';

/** Rows of text in columns as wide as their longest cell, without blanks at the ends of lines. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => stringWidth(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, at) => padEnd(cell, widths[at] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}
