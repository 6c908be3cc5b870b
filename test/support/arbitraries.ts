import fc from 'fast-check';

import {asRecord} from '../../src/files/json-values.js';
import {figures, times} from './soak.js';

/** How often each property is tried in the long form of its suite. */
const LONG_RUNS = 20_000;

/** How many inputs were tried in this file of tests. */
let tried = 0;

/** Has the figures tell how many inputs the tests of a file have tried. To be called within its outermost level. */
export function countsInputs(suite: string): void {
  before(() => {
    tried = 0;
  });
  after(() => figures(suite, {inputs: tried}));
}

/** One try may take so long of the processor; what is no better than quadratic takes far longer with the longest texts. */
const MOST_CPU_MS = 1500;
/** Characters of a text that repeats itself: what takes time beyond measure does so here, and what is linear does not. */
const MOST_REPEATED = 1_000_000;

/** The last moment that a Date holds. */
const END_OF_TIME_MS = 8.64e15;

/** No stack reaches so deep, and `JSON.parse` makes it nevertheless. */
export const DEEP = deep(200_000);

/**
 * That `check` holds for whatever `arbitrary` gives, each time in bounded time.
 *
 * @param runs how often it is tried in the short form.
 */
export function holds<T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void, runs = 300): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      tried += 1;
      inTime(() => check(value));
    }),
    {numRuns: times({short: runs, long: LONG_RUNS})},
  );
}

/** {@link holds} for what has to be waited for, which takes longer: a tenth of the runs. */
export async function holdsAsync<T>(
  arbitrary: fc.Arbitrary<T>,
  check: (value: T) => Promise<void>,
  runs = 100,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(arbitrary, (value) => {
      tried += 1;
      return check(value);
    }),
    {numRuns: times({short: runs, long: LONG_RUNS / 10})},
  );
}

function inTime(work: () => void): void {
  const before = process.cpuUsage();
  work();
  const {user, system} = process.cpuUsage(before);
  const ms = (user + system) / 1000;
  if (ms > MOST_CPU_MS) throw new Error(`took ${Math.round(ms)} ms`);
}

/** What stands in fields that others fill in, and is not what they are for. */
const ODD_TEXTS = [
  ...['', ' ', '0', '-1', '26', ' 26 ', '0x10', '1e400', '-1e400', 'Infinity', 'NaN', 'null', 'true', '1,5'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '../../x', '/', '.', '..'],
  ...[
    '\0',
    'a\r\nx-evil: 1',
    '\n',
    '\uD800',
    '\uFEFF',
    '\u202E',
    'ä€🙂',
    '\u001B[2J',
    '<html>',
    '%00',
    '{',
    '[]',
  ],
  ...[
    '2026-13-45',
    '+275760-09-13T00:00:00.001Z',
    '-271821-04-20T00:00:00Z',
    '1970-01-01',
    '9999-12-31T23:59:60Z',
  ],
  ...['Fri, 31 Dec 9999 23:59:59 GMT', 'a.b.c', '..', 'eyJ.eyJ.', '\\', '"', "'", '$', '${', '#', '='],
  'x'.repeat(5000),
];

const ODD_NUMBERS = [
  ...[
    0,
    -0,
    -1,
    1.5,
    0.1,
    100,
    101,
    -100,
    1e11,
    1e12,
    8.64e15,
    8.64e15 + 2,
    2 ** 53,
    1e21,
    -1e21,
    1e308,
    -1e308,
  ],
  Number.MIN_VALUE,
];

const oddText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({unit: 'binary', maxLength: 20}));
const oddNumber = fc.oneof(
  fc.constantFrom(...ODD_NUMBERS),
  fc.double({noNaN: true, noDefaultInfinity: true}),
);
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  oddNumber,
  fc.constantFrom<unknown>(null, true, false),
  fc
    .constantFrom('[]', '{}', '[[]]', '[null]', '{"__proto__":{"a":1}}', '{"constructor":1,"toJSON":"x"}')
    .map(parse),
  fc.constant(500).map((depth) => deep(depth)),
  fc.jsonValue({maxDepth: 2}),
);

type Mutation = {
  kind: 'replace' | 'remove' | 'wrap' | 'double' | 'name';
  place: number;
  value: unknown;
  name: string;
};

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'wrap', 'double', 'name'),
  place: fc.nat(),
  value: oddValue,
  name: oddText,
});

/**
 * JSON values that are almost one of the samples: with members of another type, missing, huge, negative, in words, nested or
 * under names such as `__proto__`. They are frozen, so that changing one throws.
 */
export function nearMiss(...samples: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      fc.constantFrom(...samples.map((sample) => JSON.stringify(sample))),
      fc.array(mutation, {maxLength: 4}),
    )
    .map(([sample, mutations]) => frozen(mutations.reduce<unknown>(mutated, parse(sample))));
}

/** {@link nearMiss} as a record; what became another value is left out. */
export function nearRecord(...samples: readonly unknown[]): fc.Arbitrary<Record<string, unknown>> {
  return nearMiss(...samples)
    .map((value) => asRecord(value))
    .filter((value) => value !== null);
}

/** The texts of {@link nearMiss}, and such that were cut off or garbled. */
export function nearText(...samples: readonly unknown[]): fc.Arbitrary<string> {
  const text = nearMiss(...samples).map(jsonText);
  const garbled = fc
    .tuple(text, fc.nat(), fc.nat({max: 5}), oddText)
    .map(([whole, at, length, odd]) => spliced(whole, at, length, odd));
  return fc.oneof({weight: 3, arbitrary: text}, {weight: 1, arbitrary: garbled});
}

/** Texts made of the given pieces, a few of them or one or two of them thousands of times: what regular expressions fear. */
export function textOf(...pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    {weight: 6, arbitrary: fc.constantFrom(...pieces)},
    {weight: 1, arbitrary: oddText},
    {weight: 1, arbitrary: oddNumber.map(String)},
  );
  const many = fc
    .tuple(piece, piece, piece, piece, fc.constantFrom(1, 10, 1000, 20_000))
    .map(([first, one, other, last, times]) => {
      const most = Math.ceil(MOST_REPEATED / Math.max(1, (one + other).length));
      return first + (one + other).repeat(Math.min(times, most)) + last;
    });
  return fc.oneof(
    {weight: 12, arbitrary: fc.array(piece, {maxLength: 12}).map((all) => all.join(''))},
    {weight: 1, arbitrary: many},
  );
}

/** Headers as Node has them: lower-case names. */
export function headersOf(sample: Readonly<Record<string, string>>): fc.Arbitrary<Record<string, string>> {
  return nearRecord(sample).map((record) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name.toLowerCase(), textIn(value)])),
  );
}

/** How a buffer is cut into pieces: by the lengths, over and over. */
export function cut(whole: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let n = 0; from < whole.length; n += 1) {
    const length =
      lengths.length === 0 ? whole.length : (lengths[n % lengths.length] ?? 0) + (n % 7 === 6 ? 1 : 0);
    pieces.push(whole.subarray(from, from + length));
    from += length;
  }
  return pieces;
}

/**
 * Checks what a reader made of it by the names of the fields, as the house has them: numbers are finite, times (`…Ms`) ones
 * that a Date holds, percentages from 0 to 100, lengths of windows above 0.
 */
export function assertPlausible(value: unknown, path = '$'): void {
  const waiting: [path: string, name: string, value: unknown][] = [[path, '', value]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [at, name, found] = next;
    if (typeof found === 'number') {
      const problem = problemOf(name, found);
      if (problem !== null) throw new Error(`${at} is ${found}: ${problem}`);
    } else if (found instanceof Date) {
      if (Number.isNaN(found.getTime())) throw new Error(`${at} is an invalid Date`);
    } else if (typeof found === 'object' && found !== null) {
      // A part under a name that means nothing is for a newer version, and kept as it is.
      for (const [key, member] of Object.entries(found))
        if (Array.isArray(found) || !ODD_TEXTS.includes(key)) waiting.push([`${at}.${key}`, key, member]);
    }
  }
}

function problemOf(name: string, value: number): string | null {
  if (!Number.isFinite(value)) return 'not finite';
  if (/Ms$/.test(name) && Math.abs(value) > END_OF_TIME_MS) return 'no time';
  if (/Percent$/.test(name) && (value < 0 || value > 100)) return 'no percentage';
  if (name === 'windowMinutes' && value <= 0) return 'no length';
  return null;
}

function mutated(root: unknown, {kind, place, value, name}: Mutation): unknown {
  const holder = {root};
  const places = placesIn(holder);
  const [parent, key] = places[place % places.length] ?? [holder, 'root'];
  const target = parent as Record<string, unknown>;
  if (kind === 'remove') remove(target, key);
  else if (kind === 'wrap') put(target, key, [target[key]]);
  else if (kind === 'double') put(target, key, [target[key], target[key]]);
  else if (kind === 'name') put(target, name, target[key]);
  // A copy: what was drawn before may be drawn again, and is frozen by then.
  else put(target, key, parse(JSON.stringify(value)));
  return holder.root;
}

function remove(target: object, key: string): void {
  if (Array.isArray(target)) target.splice(Number(key), 1);
  else Reflect.deleteProperty(target, key);
}

/** Also under names that have a setter, as JSON.parse does. */
function put(target: object, key: string, value: unknown): void {
  // JSON has no lists with holes or names.
  if (!Array.isArray(target) || (key !== 'length' && Object.hasOwn(target, key)))
    Object.defineProperty(target, key, {value, writable: true, enumerable: true, configurable: true});
}

function placesIn(root: object): [parent: object, key: string][] {
  const places: [object, string][] = [];
  const waiting = [root];
  for (let parent = waiting.pop(); parent; parent = waiting.pop()) {
    for (const [key, value] of Object.entries(parent) as [string, unknown][]) {
      places.push([parent, key]);
      if (typeof value === 'object' && value !== null && places.length < 500) waiting.push(value);
    }
  }
  return places;
}

function frozen(value: unknown): unknown {
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue;
    Object.freeze(next);
    waiting.push(...(Object.values(next) as unknown[]));
  }
  return value;
}

function deep(depth: number): unknown {
  return parse('['.repeat(depth) + ']'.repeat(depth));
}

function parse(text: string): unknown {
  return JSON.parse(text) as unknown;
}

function spliced(whole: string, at: number, length: number, odd: string): string {
  const from = at % (whole.length + 1);
  return length === 0 ? whole.slice(0, from) : whole.slice(0, from) + odd + whole.slice(from + length);
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value);
}

/** Nothing for what JSON does not have. */
export function jsonText(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}
