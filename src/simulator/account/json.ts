/** A JSON object whose members have not been looked at yet. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member `key` of `value` when it is a non-empty string, else null. */
export function stringAt(value: unknown, key: string): string | null {
  const member = isObject(value) ? value[key] : undefined;
  return typeof member === 'string' && member !== '' ? member : null;
}

/** The objects in the list `key` of `value`; an absent list is an empty one. */
export function objectsAt(value: unknown, key: string): JsonObject[] {
  const member = isObject(value) ? value[key] : undefined;
  return Array.isArray(member) ? member.filter(isObject) : [];
}

/** Parses text as JSON; text that is not JSON gives undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
