import stringWidth from 'string-width';

import {wrap} from './fit.js';

const INDENT = '  ';
/** A command at the end of a hint: it is there to be copied. */
const COMMAND = /^(.*:) ((?:cao|codex|[A-Z_]+=\S+ codex) .*)$/;

/**
 * An error for a person on lines of at most `width` columns, broken between words. What may be copied out of it stays
 * whole: a word that is longer than a line, and a command, which then has a line of its own.
 */
export function errorText(
  {message, suggestions}: {message: string; suggestions: readonly string[]},
  width: number,
): string {
  return [whole(`Error: ${message}`, width, ''), ...suggestions.map((hint) => hintText(hint, width))].join(
    '\n',
  );
}

function hintText(hint: string, width: number): string {
  const [, words, command] = COMMAND.exec(hint) ?? [];
  const line = INDENT + hint;
  if (words === undefined || command === undefined || stringWidth(line) <= width)
    return whole(line, width, INDENT);
  return `${whole(INDENT + words, width, INDENT)}\n${INDENT}${INDENT}${command}`;
}

function whole(text: string, width: number, indent: string): string {
  return text
    .split('\n')
    .map((line) => wrap(line, width, indent, (word) => word))
    .join('\n');
}
