import assert from 'node:assert/strict';

import {z} from 'zod';

import {pathText, putBack, readLeniently} from '../../../src/files/json/lenient.js';

const schema = z.looseObject({
  chosen: z.string().nullable().default(null),
  names: z.array(z.string()).default([]),
  links: z.array(z.looseObject({account: z.string(), item: z.string().optional()})).default([]),
  states: z.record(z.string(), z.looseObject({count: z.number(), note: z.string().default('')})).default({}),
});
type Content = z.infer<typeof schema>;

const EMPTY: Content = {chosen: null, names: [], links: [], states: {}};

function read(json: unknown): {
  value: Content;
  aside: string[];
  back: (next: Content) => unknown;
  displaced: (next: Content) => string[];
} {
  const found = readLeniently(schema, json);
  if ('reason' in found) assert.fail(found.reason);
  const {value, setAside} = found;
  return {
    value,
    aside: setAside.map(({path}) => pathText(path)).sort(),
    back: (next) => putBack(value, next, setAside).json,
    displaced: (next) => putBack(value, next, setAside).displaced.map(({path}) => pathText(path)),
  };
}

/** What is read of each, and which parts are set aside. All of them are written back as they were. */
const CASES: [what: string, json: unknown, value: Partial<Content>, aside: string[]][] = [
  ['nothing amiss', {names: ['a']}, {names: ['a']}, []],
  ['an element of another type', {names: ['a', {name: 'b'}, 'c']}, {names: ['a', 'c']}, ['names[1]']],
  [
    'several at the ends',
    {names: [1, 'a', null, 'b', [2]]},
    {names: ['a', 'b']},
    ['names[0]', 'names[2]', 'names[4]'],
  ],
  ['nothing but such', {names: [1, 2]}, {}, ['names[0]', 'names[1]']],
  ['an array that is none', {names: {a: {}}}, {}, ['names']],
  ['a key of another type', {chosen: 5, names: ['a']}, {names: ['a']}, ['chosen']],
  [
    'a key that may be missing',
    {states: {a: {count: 1, note: 7}}},
    {states: {a: {count: 1, note: ''}}},
    ['states.a.note'],
  ],
  [
    'a key that must be there',
    {states: {a: {count: 'x'}, b: {count: 2}}},
    {states: {b: {count: 2, note: ''}}},
    ['states.a', 'states.a.count'],
  ],
  [
    'an entry that is no object',
    {states: {a: 3, b: {count: 2}}},
    {states: {b: {count: 2, note: ''}}},
    ['states.a'],
  ],
  [
    'a part of an element: the element as a whole',
    {links: [{account: 'a', item: 1}, {account: 'b'}]},
    {links: [{account: 'b'}]},
    ['links[0]'],
  ],
];

describe('reading JSON part by part', () => {
  for (const [what, json, value, aside] of CASES) {
    it(`understands what it can of ${what}, and writes it back`, () => {
      const found = read(json);
      assert.deepEqual(found.value, {...EMPTY, ...value});
      assert.deepEqual(found.aside, aside);
      // Defaults are written along; what stands in the file stays as it stands.
      assert.deepEqual(found.back(found.value), withDefaults(json));
    });
  }

  for (const json of [null, [], 5, 'text', true]) {
    it(`cannot do anything with ${JSON.stringify(json)}`, () => {
      const found = readLeniently(schema, json);
      assert.match('reason' in found ? found.reason : '', /^top level: /);
    });
  }

  it('leaves an element behind the one that it stood behind, whatever was added or removed', () => {
    const {value, back} = read({names: ['a', {odd: 1}, 'b', 'c', {odd: 2}]});
    const after = (names: string[]): unknown => (back({...value, names}) as {names: unknown}).names;
    assert.deepEqual(after(['a', 'b', 'c', 'd']), ['a', {odd: 1}, 'b', 'c', {odd: 2}, 'd']);
    assert.deepEqual(after(['z', 'a', 'b', 'c']), ['z', 'a', {odd: 1}, 'b', 'c', {odd: 2}]);
    assert.deepEqual(after(['b']), ['b', {odd: 1}, {odd: 2}]);
    assert.deepEqual(after([]), [{odd: 1}, {odd: 2}]);
  });

  it('lets a key go that has got a new value, and says so', () => {
    const {value, back, displaced} = read({chosen: {name: 'a'}, names: ['a']});
    assert.deepEqual(displaced({...value, chosen: 'a'}), ['chosen']);
    assert.equal((back({...value, chosen: 'a'}) as {chosen: unknown}).chosen, 'a');
    assert.deepEqual(displaced({...value, names: []}), []);
  });

  it('takes parts along with what they are in', () => {
    const {value, back, displaced} = read({states: {a: {count: 1, note: 7}}});
    assert.deepEqual(back({...value, states: {}}), {...EMPTY, states: {}});
    assert.deepEqual(displaced({...value, states: {}}), []);
  });

  it('is quick with many', () => {
    const names = Array.from({length: 20_000}, (_, n) => (n % 2 === 0 ? `a${n}` : n));
    assert.equal(read({names}).value.names.length, 10_000);
  });
});

function withDefaults(json: unknown): unknown {
  const given = json as Partial<Record<keyof Content, unknown>>;
  const states = given.states as Record<string, unknown> | undefined;
  const filled =
    states &&
    Object.fromEntries(
      Object.entries(states).map(([name, state]) => [
        name,
        typeof state === 'object' && typeof (state as {count: unknown}).count === 'number'
          ? {note: '', ...state}
          : state,
      ]),
    );
  return {...EMPTY, ...given, ...(filled ? {states: filled} : {})};
}
