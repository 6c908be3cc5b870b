import {withoutMark} from './text/text.js';

/** The value in a JSON text, behind a byte order mark too; undefined for a text that is no JSON (`null` is). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(withoutMark(text)) as unknown;
  } catch {
    return undefined;
  }
}

/** The object in a JSON text; null for any other value, and for a text that is no JSON. */
export function parseRecord(text: string): Record<string, unknown> | null {
  return asRecord(parseJson(text));
}

/** `value` as a plain record, or null: the first step of reading JSON that others wrote. */
export function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** What Codex reads is nested no deeper (serde_json stops at 128 within each text), and no stack ends before. */
const DEEPEST = 200;

/** Whether a value is nested so deep that a walk through it, or writing it, may never come back. */
export function isNestedTooDeep(value: unknown, depth = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isNestedTooDeep(member, depth - 1));
}

/** A non-empty string, or null. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A finite number, or null. */
export function asNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A finite number, or one that is written as a string (`"26"`, `"3120.5"`); null for anything else. */
export function asNumeric(value: unknown): number | null {
  if (typeof value !== 'string') return asNumber(value);
  const text = value.trim();
  return text === '' ? null : asNumber(Number(text));
}
