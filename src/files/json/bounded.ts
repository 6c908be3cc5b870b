import {parseJson} from '../json-values.js';

/** How far JSON of others may go: what is nested deeper ends in an overflow of the stack, each value takes memory of its own. */
export type JsonBounds = {depth: number; values: number};

/** Which bound a text goes beyond. */
export type JsonExcess = keyof JsonBounds;

/** Texts that nobody meant badly are nested a tenth as deep. */
export const MOST_DEPTH = 512;

/**
 * The bound that a JSON text goes beyond, told without parsing it; null for none. Linear, and quicker than parsing. A text
 * that is no JSON may be within or beyond.
 */
export function jsonExcess(text: string, bounds: JsonBounds): JsonExcess | null {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (character === COMMA) values += 1;
    else if (character === CLOSING_BRACKET || character === CLOSING_BRACE) depth -= 1;
    else if (character === OPENING_BRACKET || character === OPENING_BRACE) {
      depth += 1;
      values += 1;
    } else continue;
    if (depth > bounds.depth) return 'depth';
    if (values > bounds.values) return 'values';
  }
  return null;
}

/** {@link parseJson} for a text within `bounds`; undefined beyond them, as for a text that is no JSON. */
export function parseWithin(text: string, bounds: JsonBounds): unknown {
  return jsonExcess(text, bounds) === null ? parseJson(text) : undefined;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === BACKSLASH) at += 1;
    else if (character === QUOTE) break;
  }
  return at;
}
