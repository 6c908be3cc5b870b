import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'});

/** `text` in at most `width` columns, with an ellipsis where it was cut. Plain text only, no colours. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const {segment} of segmenter.segment(text)) {
    const columns = stringWidth(segment);
    if (used + columns > width - 1) break;
    kept += segment;
    used += columns;
  }
  return width <= 0 ? '' : `${kept}…`;
}

/** `text` filled up with spaces to `width` columns; colours do not count. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - stringWidth(text))) + text;
}

/** Two texts at both ends of a line of `width` columns; on two lines when they do not fit beside each other. */
export function ends(left: string, right: string, width: number): string {
  if (right === '') return left;
  // Of several lines on the left the last one counts.
  const gap = width - stringWidth(left.split('\n').at(-1) ?? '') - stringWidth(right);
  return gap >= 2 ? left + ' '.repeat(gap) + right : `${left}\n${padStart(right, width)}`;
}
