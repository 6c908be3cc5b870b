import assert from 'node:assert/strict';

import {Ajv2020} from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

import {loadSchemas} from '../../scripts/schema/load.js';
import {type CaoOptions, type CaoResult, cao} from './cao.js';
import type {Sandbox} from './sandbox.js';

let loaded: Promise<Ajv2020> | undefined;

/** Asserts that a value is what docs/schema promises of a command's JSON. @param name `status`, `gateway-status`, … */
export async function assertMatchesSchema(name: string, value: unknown): Promise<void> {
  loaded ??= withAllSchemas();
  const ajv = await loaded;
  const validate = ajv.getSchema(schemaId(name));
  assert.ok(validate, `docs/schema/${name}.schema.json`);
  assert.ok(
    validate(value),
    `not as docs/schema/${name}.schema.json promises: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`,
  );
}

/**
 * Runs a command with `--json` and holds what it prints against its schema.
 *
 * @param run how, {@link cao} unless given.
 * @returns the value.
 */
export async function caoJson(
  sandbox: Sandbox,
  schema: string,
  args: readonly string[],
  {run = cao, ...options}: CaoOptions & {run?: typeof cao} = {},
): Promise<{value: unknown; result: CaoResult}> {
  const result = await run(sandbox, [...args, '--json'], options);
  let value: unknown;
  try {
    value = JSON.parse(result.stdout);
  } catch {
    assert.fail(`cao ${args.join(' ')} --json printed no JSON value: ${result.stdout}\n${result.stderr}`);
  }
  await assertMatchesSchema(schema, value);
  return {value, result};
}

async function withAllSchemas(): Promise<Ajv2020> {
  const ajv = new Ajv2020({allErrors: true, strictTypes: false});
  formats.default(ajv);
  for (const schema of (await loadSchemas()).values()) ajv.addSchema(schema);
  return ajv;
}

function schemaId(name: string): string {
  return `https://github.com/DAWNCR0W/codex-account-orchestrator/blob/main/docs/schema/${name}.schema.json`;
}
