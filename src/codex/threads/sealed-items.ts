import {asRecord, asText, parseRecord} from '../../files/json-values.js';

/**
 * What of a conversation only the account that made it can read. The one place that knows: for requests on their way
 * through the gateway, and for rollouts on disk.
 *
 * It stands in fields whose names begin alike: `encrypted_content` of reasoning, compactions, parts of tool outputs and
 * of messages between agents; `encrypted_function_args` of calls. The latter names the members of `arguments` that are
 * sealed (measured), or is sealed itself. Known by the field, wherever it stands and whatever the item is called, it is
 * found in kinds of items that are yet to come, as a text or a structure. What tools are like is told openly, also where
 * a property of theirs has such a name.
 */
const SEALED_FIELD = /^encrypted_/;
const SEALED_ARGUMENTS = 'encrypted_function_args';
const OPEN_FIELD = 'tools';

/** What tells an item from others, and says nothing by itself. */
const IDENTITY_FIELD = /^(?:type|role|status|phase|name|author|recipient|id|.*_id)$/;

/** Every JSON text with something sealed has this in it; most have not, and need no parsing. */
export const SEALED_MARK = '"encrypted_';

/** Stands where something sealed was. No longer than what it stands for with the names around that. */
const PLACEHOLDER = '(not readable here)';

/** Every sealed text in a value, in order. */
export function sealedTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(sealedTexts);
  const fields = asRecord(value);
  if (fields === null) return [];
  const own = Object.entries(fields).flatMap(([name, inner]) =>
    name === OPEN_FIELD ? [] : (sealedIn(name, inner) ?? sealedTexts(inner)),
  );
  return [...own, ...Object.values(sealedArguments(fields))];
}

/**
 * Whether an item is the summary that a compaction put in place of all before it, in a form that only its account can
 * read: the conversation cannot do without.
 */
export function isSealedSummary(item: unknown): boolean {
  const type = asText(asRecord(item)?.['type']) ?? '';
  return type.includes('compaction') && sealedTexts(item).length > 0;
}

/**
 * An item as another account can take it: without what is sealed, but for {@link isSealedSummary}, which stays. Calls and
 * outputs stay, each with its other half, and so does the number of parts, which Codex counts its metadata by: a short
 * placeholder stands for what cannot be read.
 *
 * @returns the item itself where nothing in it is sealed; null for reasoning, and for one that says nothing else.
 */
export function openItem(item: unknown): unknown {
  const fields = asRecord(item);
  if (fields === null || sealedTexts(fields).length === 0 || isSealedSummary(fields)) return item;
  if (asText(fields['type']) === 'reasoning') return null;
  const open = opened(fields);
  const isPaired = asText(fields['call_id']) !== null;
  const isSealedItself = Object.entries(fields).some(([name, value]) => isSealed(name, value));
  if (!isPaired && isSealedItself && !saysSomething(open)) return null;
  const isOutput = asText(fields['type'])?.endsWith('_output') === true;
  return isOutput && !holdsAnything(open['output']) ? {...open, output: PLACEHOLDER} : open;
}

/** What is sealed in a field, as a text; null where it is none that is. */
function sealedIn(name: string, value: unknown): [string] | null {
  const namesOthers = name === SEALED_ARGUMENTS && Array.isArray(value);
  return SEALED_FIELD.test(name) && !namesOthers && holdsAnything(value) ? [textOf(value)] : null;
}

function isSealed(name: string, value: unknown): boolean {
  return sealedIn(name, value) !== null;
}

function textOf(value: unknown): string {
  return asText(value) ?? JSON.stringify(value);
}

/** Whether anything that can be read is left beside what tells an item from others. */
function saysSomething(value: unknown): boolean {
  if (typeof value === 'string') return value !== '' && value !== PLACEHOLDER;
  if (Array.isArray(value)) return value.some(saysSomething);
  return Object.entries(asRecord(value) ?? {}).some(
    ([name, inner]) => !IDENTITY_FIELD.test(name) && saysSomething(inner),
  );
}

/** The members of a call's arguments that are sealed, by their names. */
function sealedArguments(call: Record<string, unknown>): Record<string, string> {
  const names: unknown = call[SEALED_ARGUMENTS];
  if (!Array.isArray(names)) return {};
  const given = parseRecord(asText(call['arguments']) ?? '') ?? {};
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      names.includes(name) && value !== null && value !== '' ? [[name, textOf(value)]] : [],
    ),
  );
}

function opened(fields: Record<string, unknown>): Record<string, unknown> {
  const sealed = Object.keys(sealedArguments(fields));
  const kept = Object.entries(fields).filter(
    ([name, value]) => !isSealed(name, value) && !(sealed.length > 0 && name === SEALED_ARGUMENTS),
  );
  const open = Object.fromEntries(
    kept.map(([name, value]) => [name, name === OPEN_FIELD ? value : openValue(value)]),
  );
  if (sealed.length === 0) return open;
  const given = parseRecord(asText(fields['arguments']) ?? '');
  const placeholders = Object.fromEntries(sealed.map((name) => [name, PLACEHOLDER]));
  return {...open, arguments: JSON.stringify({...given, ...placeholders})};
}

function openValue(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((part: unknown) =>
      isSealedPart(part) ? {type: 'input_text', text: PLACEHOLDER} : openValue(part),
    );
  const fields = asRecord(value);
  return fields === null ? value : opened(fields);
}

/** A part of content that holds nothing but what is sealed. */
function isSealedPart(part: unknown): boolean {
  const fields = Object.entries(asRecord(part) ?? {});
  const open = fields.filter(([name, value]) => !isSealed(name, value));
  return open.length < fields.length && open.every(([name]) => name === 'type');
}

/** Whether a value is a text or a structure with something in it. */
function holdsAnything(value: unknown): boolean {
  return asText(value) !== null || (typeof value === 'object' && Object.keys(value ?? {}).length > 0);
}
