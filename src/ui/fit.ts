import stringWidth from 'string-width';

import {cut, padEnd} from './cells.js';

/** Two blanks between columns. */
const GAP = '  ';

const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'});

/** `text` in at most `width` columns with its middle left out: of ids and paths, both ends say something. Plain text. */
export function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 3) return cut(text, width);
  const parts = [...segmenter.segment(text)].map(({segment}) => segment);
  const head = cut(text, Math.ceil((width - 1) / 2) + 1).replace(/…$/, '');
  let tail = '';
  for (const part of parts.reverse()) {
    if (stringWidth(head) + 1 + stringWidth(part + tail) > width) break;
    tail = part + tail;
  }
  return `${head}…${tail}`;
}

/**
 * `text` on lines of at most `width` columns, broken between words; `fit` makes a word fit that is longer than a line.
 * Every line but the first begins with `indent`.
 *
 * @param width Infinity leaves it on one line.
 */
export function wrap(text: string, width: number, indent = '', fit = shorten): string {
  if (stringWidth(text) <= width) return text;
  // The blanks that a line begins with are its own.
  const [own = ''] = /^ */.exec(text) ?? [];
  const lines: string[] = [];
  let line = own;
  let isEmpty = true;
  for (const word of text.slice(own.length).split(/ +/)) {
    if (!isEmpty && stringWidth(line) + 1 + stringWidth(word) > width) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += (isEmpty ? '' : ' ') + fit(word, width - stringWidth(line) - (isEmpty ? 0 : 1));
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}

/** A column that may be made narrower than its cells. */
type Flexible = {at: number; least: number; how: (text: string, width: number) => string};

export type ColumnOptions = {
  /** How wide the lines may be. */
  width?: number;
  /** Columns that shrink, in this order, where the lines would be wider. */
  flexible?: readonly Flexible[];
  /** Whether the first row is a heading. */
  hasHead?: boolean;
};

/**
 * Rows of text in columns as wide as their longest cell, without blanks at the ends of lines. Where shrinking does not
 * make them fit, each row becomes a block of its own, a line a cell, without the heading.
 */
export function columns(
  rows: readonly (readonly string[])[],
  {width = Infinity, flexible = [], hasHead = false}: ColumnOptions = {},
): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => stringWidth(row[at] ?? ''))));
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1) - width;
  for (const {at, least} of flexible) {
    const given = Math.max(0, Math.min(excess, (widths[at] ?? 0) - least));
    widths[at] = (widths[at] ?? 0) - given;
    excess -= given;
  }
  if (excess > 0) return blocks(hasHead ? rows.slice(1) : rows, width);
  const howOf = new Map(flexible.map(({at, how}) => [at, how]));
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const columnWidth = widths[at] ?? 0;
        return padEnd(howOf.get(at)?.(cell, columnWidth) ?? cell, columnWidth);
      })
      .join(GAP)
      .trimEnd(),
  );
}

function blocks(rows: readonly (readonly string[])[], width: number): string[] {
  return rows.flatMap((row) => {
    const [first = '', ...others] = row.filter((cell) => cell !== '');
    return [first, ...others.map((cell) => `  ${cell}`)].map((line) => wrap(line, width, '  '));
  });
}
