import {table} from './table.js';

/** What one test of a suite has measured. */
export type Figure = {suite: string; values: Record<string, number | string>};

const BEGIN = '<!-- figures -->';
const END = '<!-- /figures -->';

/** The lines that test/support/soak.ts has written, by suite. */
export function figuresIn(lines: string): Figure[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Figure)
    .sort((one, other) => one.suite.localeCompare(other.suite));
}

/**
 * A page with these figures in the place of those that it has.
 *
 * @param machine what they were measured on.
 * @throws Error where the page has no place for them.
 */
export function withFigures(page: string, figures: readonly Figure[], machine: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`there is no ${BEGIN} … ${END} in the page`);
  const rows = figures.map(({suite, values}) => [
    `\`${suite}\``,
    Object.entries(values).map(figureText).join(' · '),
  ]);
  const text = `${BEGIN}\n\nBy \`npm run test:soak\` (${machine}):\n\n${table(['Suite', 'What was measured'], rows)}\n\n`;
  return page.slice(0, begin) + text + page.slice(end);
}

/** `loopDelayMs: 41` as `loop delay 41 ms`: a figure's name ends with its unit where it has one. */
function figureText([name, value]: [string, number | string]): string {
  const [, what = name, unit = ''] = /^(.*?)(Ms|MB|Percent)?$/.exec(name) ?? [];
  const units: Record<string, string> = {Ms: ' ms', MB: ' MB', Percent: ' %'};
  const words = what.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const amount = typeof value === 'number' ? value.toLocaleString('en', {maximumFractionDigits: 1}) : value;
  return `${words} ${amount}${units[unit] ?? ''}`;
}
