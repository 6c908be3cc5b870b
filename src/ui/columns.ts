import stringWidth from 'string-width';

/** Two blanks between columns. */
const GAP = '  ';

/** Rows of text in columns as wide as their longest cell; the last column is not filled up. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => stringWidth(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, at) =>
        at === row.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - stringWidth(cell)),
      )
      .join(GAP),
  );
}

/** One line of at most `width` terminal cells, with an ellipsis where text was cut off. */
export function cutToWidth(text: string, width: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (stringWidth(line) <= width) return line;
  let cut = '';
  for (const {segment} of new Intl.Segmenter().segment(line)) {
    if (stringWidth(cut + segment) >= width) break;
    cut += segment;
  }
  return `${cut}…`;
}
