/** As much of JSON Schema (draft 2020-12) as docs/schema uses. */
export type Schema = {
  title?: string;
  description?: string;
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  $defs?: Record<string, Schema>;
};

/** A schema and the name of the file that it stands in. */
type Located = {schema: Schema; file: string};

/**
 * Every field that the schemas promise, by its path, with its type: `gateway-status.accounts[].untilMs` is
 * `null|number`. A path begins with the schema's name; `[]` stands for the items of a list, `.*` for the values of a
 * map. A `?` after the type marks a field that may be absent.
 */
export function fieldsOf(schemas: ReadonlyMap<string, Schema>): Record<string, string> {
  const fields: Record<string, string> = {};
  const visit = (path: string, given: readonly Located[], optional: boolean): void => {
    const alternatives = given.flatMap((located) => expand(located, schemas));
    fields[path] = typesOf(alternatives) + (optional ? '?' : '');
    const objects = alternatives.filter(({schema}) => schema.properties !== undefined);
    for (const name of new Set(objects.flatMap(({schema}) => Object.keys(schema.properties ?? {})))) {
      visit(
        `${path}.${name}`,
        objects.flatMap((object) => within(object, object.schema.properties?.[name])),
        objects.some(({schema}) => !schema.required?.includes(name)),
      );
    }
    const values = alternatives.flatMap((map) => {
      const {additionalProperties} = map.schema;
      return typeof additionalProperties === 'object' ? within(map, additionalProperties) : [];
    });
    if (values.length > 0) visit(`${path}.*`, values, false);
    const items = alternatives.flatMap((list) => within(list, list.schema.items));
    if (items.length > 0) visit(`${path}[]`, items, false);
  };
  for (const [file, schema] of schemas) visit(file, [{schema, file}], false);
  return fields;
}

function within({file}: Located, schema: Schema | undefined): Located[] {
  return schema === undefined ? [] : [{schema, file}];
}

/** The schemas that a value may follow, with references resolved. */
function expand({schema, file}: Located, schemas: ReadonlyMap<string, Schema>): Located[] {
  if (schema.$ref !== undefined) return expand(resolve(schema.$ref, file, schemas), schemas);
  const alternatives = schema.oneOf ?? schema.anyOf;
  return alternatives?.flatMap((one) => expand({schema: one, file}, schemas)) ?? [{schema, file}];
}

/** `#/$defs/NAME`, `OTHER.schema.json`, or the one in the other. */
function resolve(ref: string, from: string, schemas: ReadonlyMap<string, Schema>): Located {
  const [, other, name] = /^(?:([\w-]+)\.schema\.json)?(?:#\/\$defs\/(\w+))?$/.exec(ref) ?? [];
  const file = other ?? from;
  const whole = schemas.get(file);
  const schema = name === undefined ? whole : whole?.$defs?.[name];
  if (!schema) throw new Error(`${from}.schema.json refers to ${ref}, which is not there`);
  return {schema, file};
}

function typesOf(alternatives: readonly Located[]): string {
  const types = alternatives.flatMap(({schema}) => {
    if (schema.type !== undefined) return schema.type;
    const values = 'const' in schema ? [schema.const] : schema.enum;
    return values?.map((value) => (value === null ? 'null' : typeof value)) ?? 'any';
  });
  return [...new Set(types)].sort().join('|');
}
