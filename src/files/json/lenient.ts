import type {ZodType} from 'zod';

/** A part of a JSON value that its schema does not know, taken out of it. Paths are as they were when it was taken out. */
export type SetAside = {
  path: readonly (string | number)[];
  value: unknown;
  /** Why, for a sentence. */
  reason: string;
  /** The element that stood before it in its array, as JSON; null for the first, and outside of arrays. */
  after: string | null;
};

/** What a schema makes of a JSON value once the parts that it does not know are out of it. */
export type Understood<T> = {value: T; setAside: SetAside[]};

type Path = (string | number)[];

/**
 * Reads JSON part by part. Where it does not fit the schema, the least that can be missing is set aside: an element of
 * an array as a whole, a key of an object where the schema has a default for it, else the object around it.
 *
 * @returns why not, where the top level itself does not fit.
 */
export function readLeniently<T>(schema: ZodType<T>, json: unknown): Understood<T> | {reason: string} {
  const rest: unknown = structuredClone(json);
  const setAside: SetAside[] = [];
  for (;;) {
    const checked = schema.safeParse(rest);
    if (checked.success) return {value: checked.data, setAside};
    const found = new Map<string, {path: Path; reason: string}>();
    for (const {path, message} of checked.error.issues) {
      const part = partToRemove(rest, path);
      if (part === null) return {reason: `top level: ${message}`};
      const key = JSON.stringify(part);
      if (!found.has(key)) found.set(key, {path: part, reason: message});
    }
    for (const part of [...found.values()].sort(laterFirst)) setAside.push(takeOut(rest, part));
  }
}

/**
 * Puts back what {@link readLeniently} has set aside, each where it was: behind the same element of its array, under the
 * same key unless the key has got another value since. What was removed or renamed takes the parts in it along.
 *
 * @param before the value as it was read.
 * @param after the value as it is to be written.
 * @returns the JSON to write, and the parts whose place something else has taken.
 */
export function putBack(
  before: unknown,
  after: unknown,
  setAside: readonly SetAside[],
): {json: unknown; displaced: SetAside[]} {
  const json: unknown = structuredClone(after);
  const displaced: SetAside[] = [];
  for (const part of [...setAside].reverse()) {
    const folder = part.path.slice(0, -1);
    const last = part.path.at(-1);
    const container = at(json, folder);
    if (Array.isArray(container) && typeof last === 'number') {
      container.splice(placeIn(container, part, last), 0, part.value);
    } else if (isObject(container) && typeof last === 'string') {
      if (JSON.stringify(own(container, last)) === JSON.stringify(own(at(before, folder), last)))
        container[last] = part.value;
      else displaced.push(part);
    } else if (container !== undefined) displaced.push(part);
  }
  return {json, displaced};
}

/** A path as a person finds it in the file: `accounts[1]`, `statuses.work.blocked`. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`))
    .join('');
}

/** The part to do without for an issue at `path`, down to an element of an array at most; null for the top level. */
function partToRemove(rest: unknown, path: readonly PropertyKey[]): Path | null {
  const keys = path.filter((key): key is string | number => typeof key !== 'symbol');
  const element = keys.findIndex((key) => typeof key === 'number');
  const part = element === -1 ? keys : keys.slice(0, element + 1);
  while (part.length > 0 && !isThere(rest, part)) part.pop();
  return part.length === 0 ? null : part;
}

/** Deeper parts and later elements first: taking one out leaves the paths of the others right. */
function laterFirst({path: one}: {path: Path}, {path: other}: {path: Path}): number {
  if (one.length !== other.length) return other.length - one.length;
  return Number(other.at(-1)) - Number(one.at(-1)) || 0;
}

function takeOut(rest: unknown, {path, reason}: {path: Path; reason: string}): SetAside {
  const container = at(rest, path.slice(0, -1));
  const last = path.at(-1);
  if (Array.isArray(container) && typeof last === 'number') {
    const after = last === 0 ? null : JSON.stringify(container[last - 1]);
    return {path, value: container.splice(last, 1)[0] as unknown, reason, after};
  }
  const value = own(container, last);
  if (isObject(container) && last !== undefined) Reflect.deleteProperty(container, last);
  return {path, value, reason, after: null};
}

function placeIn(container: readonly unknown[], {after}: SetAside, index: number): number {
  if (after === null) return 0;
  const before = container.findIndex((element) => JSON.stringify(element) === after);
  return before === -1 ? Math.min(index, container.length) : before + 1;
}

function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((current, key) => own(current, key), value);
}

function isThere(value: unknown, path: Path): boolean {
  const container = at(value, path.slice(0, -1));
  const last = path.at(-1);
  return (
    typeof container === 'object' &&
    container !== null &&
    last !== undefined &&
    Object.hasOwn(container, last)
  );
}

function own(value: unknown, key: string | number | undefined): unknown {
  if (typeof value !== 'object' || value === null || key === undefined || !Object.hasOwn(value, key))
    return undefined;
  return (value as Record<string | number, unknown>)[key];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
