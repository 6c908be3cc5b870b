import {Ansis} from 'ansis';

/** How to draw: for whom, how wide, with what characters. Fixed in tests, read from the terminal otherwise. */
export type Look = {
  /** Columns; Infinity where no terminal sets a limit, so that a reader of a pipe gets whole lines. */
  width: number;
  /** False draws in ASCII. */
  unicode: boolean;
  paint: Ansis;
  /** Now, milliseconds since the epoch. */
  nowMs: number;
};

/** As much of an output stream as the look depends on. */
export type Output = Pick<NodeJS.WriteStream, 'isTTY'> & Partial<Pick<NodeJS.WriteStream, 'columns'>>;

const NARROWEST = 40;
/** Of a terminal that does not tell. */
const DEFAULT_WIDTH = 80;

/** The look that suits a stream; NO_COLOR, FORCE_COLOR and TERM are honoured. */
export function lookOf(stream: Output, nowMs: number, env: NodeJS.ProcessEnv = process.env): Look {
  return {
    width: stream.isTTY ? Math.max(NARROWEST, stream.columns || DEFAULT_WIDTH) : Infinity,
    unicode: speaksUnicode(env),
    paint: takesColour(stream, env) ? new Ansis() : new Ansis(0),
    nowMs,
  };
}

function takesColour(stream: Output, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  return stream.isTTY && env['TERM'] !== 'dumb';
}

/** A dumb terminal or a locale of another character set gets ASCII. */
function speaksUnicode(env: NodeJS.ProcessEnv): boolean {
  if (env['TERM'] === 'dumb') return false;
  const locale = env['LC_ALL'] ?? env['LC_CTYPE'] ?? env['LANG'] ?? '';
  return locale === '' || /utf-?8/i.test(locale);
}
