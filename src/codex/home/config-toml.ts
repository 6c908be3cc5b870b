import {parse} from 'smol-toml';

import {BYTE_ORDER_MARK, withoutMark} from '../../files/text/text.js';

/** One statement of a TOML document, by where it stands in the text. */
export type TomlStatement = {
  /** A table header's name as written (`a.b`), or the key as written. */
  name: string;
  kind: 'table' | 'key';
  /** The table that a key stands in; null at the top level, and for headers. */
  table: string | null;
  /** From the first character of its first line to behind its last line's end. */
  start: number;
  end: number;
};

/**
 * Splits TOML into its statements, so that single ones can be changed with everything else (comments, order, spacing)
 * left as it is. Knows strings of all four kinds, arrays and inline tables over several lines.
 */
export function tomlStatements(text: string): TomlStatement[] {
  const found: TomlStatement[] = [];
  let table: string | null = null;
  let at = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  while (at < text.length) {
    const start = at;
    const first = skipBlanks(text, at);
    const char = text[first];
    if (char === undefined || char === '\n' || char === '\r' || char === '#') {
      at = lineEnd(text, first);
      continue;
    }
    if (char === '[') {
      at = lineEnd(text, first);
      const name = /^\[\[?\s*([^\]]*?)\s*\]/.exec(text.slice(first, at))?.[1] ?? '';
      table = name;
      found.push({kind: 'table', name, table: null, start, end: at});
      continue;
    }
    const equals = endOfKey(text, first);
    at = endOfValue(text, equals + 1);
    found.push({kind: 'key', name: text.slice(first, equals).trim(), table, start, end: at});
  }
  return found;
}

/** The values in a TOML document. @throws Error when it is not valid. */
export function readToml(text: string): Record<string, unknown> {
  return parse(withoutMark(text));
}

function skipBlanks(text: string, at: number): number {
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline === -1 ? text.length : newline + 1;
}

function endOfKey(text: string, at: number): number {
  while (at < text.length && text[at] !== '=' && text[at] !== '\n') {
    at = text[at] === '"' || text[at] === "'" ? endOfString(text, at) : at + 1;
  }
  return at;
}

/** Behind the end of the line on which the value ends. */
function endOfValue(text: string, at: number): number {
  let depth = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === '"' || char === "'") {
      at = endOfString(text, at);
      continue;
    }
    if (char === '#') {
      at = lineEnd(text, at) - 1;
      if (text[at] !== '\n') return text.length;
      continue;
    }
    if (char === '[' || char === '{') depth += 1;
    if (char === ']' || char === '}') depth -= 1;
    at += 1;
    if (char === '\n' && depth <= 0) return at;
  }
  return text.length;
}

function endOfString(text: string, at: number): number {
  const quote = text[at] ?? '"';
  const triple = text.startsWith(quote.repeat(3), at);
  const mark = triple ? quote.repeat(3) : quote;
  let end = at + mark.length;
  while (end < text.length && !text.startsWith(mark, end)) {
    if (!triple && text[end] === '\n') return end;
    end += quote === '"' && text[end] === '\\' ? 2 : 1;
  }
  end += mark.length;
  // Up to two quotes may stand directly before the closing three.
  while (triple && text[end] === quote) end += 1;
  return Math.min(end, text.length);
}
