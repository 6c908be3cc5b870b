const WHITE_SPACE = /\p{White_Space}/u;
const ALPHANUMERIC = /[\p{Alphabetic}\p{Number}]/u;
const ASSIGNMENT =
  /^\p{White_Space}*(?:export\p{White_Space}+(?!=))?(?<name>[A-Za-z_][\w.]*)\p{White_Space}*=\p{White_Space}*(?<value>.*)$/su;
/** What a `\` may stand before, outside of single quotes, and what the two mean. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  $: '$',
  ' ': ' ',
  n: '\n',
};

/**
 * No Linux starts a program with a longer value in its environment. Lines that name what was set twice (`A=$A$A`) double it each
 * time, beyond all memory.
 */
const MOST_VALUE_CHARACTERS = 128 * 1024;

export type Dotenv = {
  set: ReadonlyMap<string, string>;
  /** What the file means to set last on a line that Codex cannot read, which so does nothing. */
  refused: ReadonlySet<string>;
};

/**
 * A home's `.env` as Codex reads it (dotenvy 0.15.7), oddities included. `$NAME` and `${NAME}` stand for what the file
 * has set so far, else for what `env` has, else for nothing. What is no assignment is passed over, and the last
 * assignment of a name wins. Codex takes no `CODEX_…` from the file.
 */
export function readDotenv(bytes: Uint8Array, env: NodeJS.ProcessEnv): Dotenv {
  const set = new Map<string, string>();
  const refused = new Set<string>();
  // Only the file itself sees these.
  const withheld = new Map<string, string>();
  const valueOf = (name: string): string =>
    set.get(name) ?? (Object.hasOwn(env, name) ? env[name] : withheld.get(name)) ?? '';
  for (const {text, isWhole} of statementsIn(bytes)) {
    const {name, value: written} = ASSIGNMENT.exec(text)?.groups ?? {};
    if (name === undefined || written === undefined) continue;
    const value = written.startsWith('#') ? '' : valueFrom(written, valueOf);
    if (value === null || !isWhole) {
      refused.add(name);
    } else {
      refused.delete(name);
      (/^codex_/i.test(name) ? withheld : set).set(name, value);
    }
  }
  return {set, refused};
}

/** Where in a statement a character stands. A quote holds lines together; an escape and white space end with theirs. */
type Place = 'plain' | 'white' | 'escape' | '"' | '"escape' | "'" | "'escape";

/**
 * Statements without a comment and without white space behind them; the last one is not whole where the file ends inside
 * of it. A line that is no UTF-8 takes the statement that it is in with it.
 */
function* statementsIn(bytes: Uint8Array): Generator<{text: string; isWhole: boolean}> {
  let text = '';
  let place: Place = 'plain';
  for (const line of linesIn(bytes)) {
    if (line === null) {
      text = '';
      place = 'plain';
      continue;
    }
    const walked = walk(line, place, text === '');
    text += line.slice(0, walked.end);
    place = walked.place;
    if (place !== 'plain') continue;
    yield {text: withoutWhiteEnd(text), isWhole: true};
    text = '';
  }
  if (text !== '') yield {text, isWhole: false};
}

/** By hand: an expression that looks for the end of the text at each of a million spaces takes minutes. */
function withoutWhiteEnd(text: string): string {
  let end = text.length;
  while (end > 0 && WHITE_SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** @returns where a comment begins in the line, else its length; and what stands behind it. */
function walk(line: string, from: Place, isFirst: boolean): {end: number; place: Place} {
  if (isFirst && /^\p{White_Space}*#/u.test(line)) return {end: 0, place: 'plain'};
  let place = from;
  let at = 0;
  for (const char of line) {
    if (place === 'white' && char === '#') return {end: at, place: 'plain'};
    place = placeAfter(place, char);
    at += char.length;
  }
  return {end: at, place};
}

function placeAfter(place: Place, char: string): Place {
  switch (place) {
    case 'escape':
      return 'plain';
    case '"escape':
      return '"';
    case "'escape":
      return "'";
    case '"':
    case "'":
      if (char === '\\') return `${place}escape`;
      return char === place ? 'plain' : place;
    default:
      if (char === '\\') return 'escape';
      if (char === '"' || char === "'") return char;
      // A second space in a row hides the first: a comment behind the two is not seen here.
      return place === 'plain' && char !== '\n' && char !== '\r' && WHITE_SPACE.test(char)
        ? 'white'
        : 'plain';
  }
}

/** Each line with its end; null for one that is no UTF-8. A byte order mark is a character like others. */
function* linesIn(bytes: Uint8Array): Generator<string | null> {
  const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(0x0a, from);
    const next = end === -1 ? bytes.length : end + 1;
    try {
      yield decoder.decode(bytes.subarray(from, next));
    } catch {
      yield null;
    }
    from = next;
  }
}

/** @returns null for a value that Codex refuses, or that no program could be started with. */
function valueFrom(written: string, valueOf: (name: string) => string): string | null {
  let value = '';
  let quote: '"' | "'" | null = null;
  let escaped = false;
  let ended = false;
  let reference: {name: string; braced: boolean} | null = null;
  for (const char of written) {
    if (value.length > MOST_VALUE_CHARACTERS) return null;
    if (ended) {
      if (char === '#') break;
      if (char !== ' ' && char !== '\t') return null;
    } else if (escaped) {
      const meant = ESCAPES[char];
      if (meant === undefined) return null;
      value += meant;
      escaped = false;
    } else if (quote === "'") {
      if (char === quote) quote = null;
      else value += char;
    } else if (reference !== null) {
      const isName: boolean = reference.braced ? char !== '}' : ALPHANUMERIC.test(char);
      if (isName) reference.name += char;
      else if (char === '{' && reference.name === '') reference.braced = true;
      else {
        value += valueOf(reference.name);
        // What ends a name without braces is taken as it is, a quote too.
        if (char !== '$' && !reference.braced) value += char;
        reference = char === '$' ? {name: '', braced: false} : null;
      }
    } else if (char === '$') reference = {name: '', braced: false};
    else if (char === '\\') escaped = true;
    else if (char === quote) quote = null;
    else if (quote !== null) value += char;
    else if (char === '"' || char === "'") quote = char;
    else if (char === ' ' || char === '\t') ended = true;
    else value += char;
  }
  if (quote !== null || reference?.braced === true) return null;
  if (reference !== null) value += valueOf(reference.name);
  return value.length > MOST_VALUE_CHARACTERS ? null : value;
}
