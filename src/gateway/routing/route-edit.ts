import {createHash} from 'node:crypto';
import {isDeepStrictEqual} from 'node:util';

import {asRecord} from '../../files/json-values.js';
import {BYTE_ORDER_MARK} from '../../files/text/text.js';
import {type TomlStatement, readToml, tomlStatements} from '../../codex/home/config-toml.js';
import {CaoError, messageOf} from '../../errors/index.js';

const ROUTE_KEY = 'openai_base_url';
const NUDGE_KEY = 'hide_rate_limit_model_nudge';
const COMMENT = '# Added by "cao gateway enable"; "cao gateway disable" takes it out.';

/** How a config.toml was changed, and so how it is put back. */
export type RouteRecord = {
  /** The whole file before; null when there was none. */
  before: string | null;
  /** Of the file as it was written: the user has not edited it while this fits. */
  afterSha256: string;
  /** The value that Codex is sent to. */
  route: string;
  /** The user's own route, which ours stands in for. */
  replaced: string | null;
  /** The nudge's key was added, alone or with its table. */
  nudge: 'key' | 'table' | null;
};

/**
 * Puts the route into a config.toml and switches Codex's model nudge off. Everything else stays byte for byte.
 *
 * @throws CaoError `config_not_editable` when the file is not valid, or the result would say anything else than meant.
 */
export function addRoute(before: string | null, route: string): {after: string; record: RouteRecord} {
  const text = before ?? '';
  const values = readValues(text);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const line = `${ROUTE_KEY} = ${JSON.stringify(route)} ${COMMENT}${eol}`;
  const statements = tomlStatements(text);
  const own = statements.find(isRoute);
  const replaced = own ? text.slice(own.start, own.end) : null;
  const bom = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  let after = own
    ? text.slice(0, own.start) + line + text.slice(own.end)
    : text.slice(0, bom) + line + text.slice(bom);
  const withNudge = addNudge(after, values, eol);
  after = withNudge.text;
  const notice = asRecord(values['notice']);
  const wanted = {
    ...values,
    [ROUTE_KEY]: route,
    ...(withNudge.added === null ? {} : {notice: {...notice, [NUDGE_KEY]: true}}),
  };
  if (!isDeepStrictEqual(normal(readValues(after)), normal(wanted))) {
    throw new CaoError('config.toml is written in a way that cannot be edited safely.', {
      code: 'config_not_editable',
      suggestions: [`Add it yourself, above the first [table]: ${ROUTE_KEY} = ${JSON.stringify(route)}`],
    });
  }
  return {
    after,
    record: {before, afterSha256: sha256(after), route, replaced, nudge: withNudge.added},
  };
}

/**
 * Takes the route out again: the file as it was before if the user has not edited it since, else only the keys that
 * were added.
 *
 * @returns null for "no file".
 */
export function removeRoute(current: string, record: RouteRecord): string | null {
  if (sha256(current) === record.afterSha256) return record.before;
  let text = current;
  const own = tomlStatements(text).find(isRoute);
  if (own && valueOf(text, own) === record.route)
    text = text.slice(0, own.start) + (record.replaced ?? '') + text.slice(own.end);
  if (record.nudge !== null) text = removeNudge(text, record.nudge);
  return text;
}

/** Where a config.toml sends Codex; null when it does not say. */
export function routeIn(text: string): string | null {
  const statement = tomlStatements(text).find(isRoute);
  return statement ? valueOf(text, statement) : null;
}

function addNudge(
  text: string,
  values: Record<string, unknown>,
  eol: string,
): {text: string; added: RouteRecord['nudge']} {
  const notice = asRecord(values['notice']);
  const line = `${NUDGE_KEY} = true ${COMMENT}${eol}`;
  if (values['notice'] === undefined) {
    const gap = text.endsWith('\n') ? eol : eol + eol;
    return {text: `${text}${gap}[notice]${eol}${line}`, added: 'table'};
  }
  const header = tomlStatements(text).find(({kind, name}) => kind === 'table' && name === 'notice');
  // What the user has decided stays; so does a table written in another form.
  if (!header || !notice || notice[NUDGE_KEY] !== undefined) return {text, added: null};
  const gap = text[header.end - 1] === '\n' ? '' : eol;
  return {text: text.slice(0, header.end) + gap + line + text.slice(header.end), added: 'key'};
}

function removeNudge(text: string, added: 'key' | 'table'): string {
  const key = tomlStatements(text).find(({table, name}) => table === 'notice' && name === NUDGE_KEY);
  if (!key || !text.slice(key.start, key.end).includes(COMMENT)) return text;
  const without = text.slice(0, key.start) + text.slice(key.end);
  const statements = tomlStatements(without);
  const header = statements.find(({kind, name}) => kind === 'table' && name === 'notice');
  if (added === 'key' || !header || statements.some(({table}) => table === 'notice')) return without;
  const before = without.slice(0, header.start).replace(/(\r?\n)\r?\n$/, '$1');
  return before + without.slice(header.end);
}

function isRoute({kind, table, name}: TomlStatement): boolean {
  return kind === 'key' && table === null && [ROUTE_KEY, `"${ROUTE_KEY}"`].includes(name);
}

function valueOf(text: string, {start, end}: TomlStatement): string | null {
  const value = readValues(text.slice(start, end))[ROUTE_KEY];
  return typeof value === 'string' ? value : null;
}

function readValues(text: string): Record<string, unknown> {
  try {
    return readToml(text);
  } catch (error) {
    throw new CaoError(`config.toml is not valid TOML: ${messageOf(error).split('\n')[0] ?? ''}`, {
      code: 'config_not_editable',
      suggestions: ['Mend it; Codex cannot read it either.'],
      cause: error,
    });
  }
}

/** The library's tables have no prototype; ours have. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  const record = value instanceof Date ? null : asRecord(value);
  return record
    ? Object.fromEntries(
        Object.entries(record)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, inner]) => [key, normal(inner)]),
      )
    : value;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
