/** A Markdown table. Cells may hold Markdown; a pipe in one is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The first line of a page that nobody edits by hand. */
export function madeFrom(source: string): string {
  return `<!-- Made from ${source} by "npm run docs". Edit it there. -->`;
}
