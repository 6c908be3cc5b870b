import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {Ajv2020} from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

import {PROJECT_ROOT} from './cao.js';

/** Asserts that a value is what docs/schema promises of a command's JSON. */
export async function assertMatchesSchema(
  name: 'status' | 'doctor' | 'report',
  value: unknown,
): Promise<void> {
  const ajv = new Ajv2020({allErrors: true, strictTypes: false});
  formats.default(ajv);
  const load = async (schema: string): Promise<object> =>
    JSON.parse(
      await readFile(join(PROJECT_ROOT, 'docs', 'schema', `${schema}.schema.json`), 'utf8'),
    ) as object;
  if (name !== 'status') ajv.addSchema(await load('status'));
  const validate = ajv.compile(await load(name));
  assert.ok(validate(value), ajv.errorsText(validate.errors));
}
