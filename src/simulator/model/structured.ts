import {isObject, stringAt, type JsonObject} from '../account/json.js';

/** The JSON schema that the answer must fit, or null when plain text is wanted. */
export function answerSchema(request: JsonObject): JsonObject | null {
  const {text} = request;
  const format = isObject(text) ? text['format'] : undefined;
  if (!isObject(format) || format['type'] !== 'json_schema') return null;
  return isObject(format['schema']) ? format['schema'] : null;
}

/** The smallest value that fits a schema, with `text` wherever a string goes. */
export function fillSchema(schema: unknown, text: string): unknown {
  if (!isObject(schema)) return null;
  const {enum: choices, properties, maxLength} = schema;
  if (Array.isArray(choices)) return choices[0] as unknown;
  const type: unknown = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(isObject(properties) ? properties : {}).map(([key, each]) => [
          key,
          fillSchema(each, text),
        ]),
      );
    case 'string':
      return typeof maxLength === 'number' ? text.slice(0, maxLength) : text;
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    default:
      return null;
  }
}

/** Codex asks for titles of threads on its own, in a thread beside the user's. */
export function isSideTask(request: JsonObject): boolean {
  const metadata = request['client_metadata'];
  const turn = stringAt(metadata, 'x-codex-turn-metadata');
  return turn !== null && /"thread_source":"thread_title"/.test(turn);
}
