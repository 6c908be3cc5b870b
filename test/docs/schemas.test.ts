import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {untoldChanges} from '../../scripts/schema/changes.js';
import {type Schema, fieldsOf} from '../../scripts/schema/fields.js';
import {
  ERROR_SCHEMA,
  commandsWithJson,
  loadReleased,
  loadSchemas,
  schemaOf,
} from '../../scripts/schema/load.js';
import {PROJECT_ROOT} from '../support/cao.js';

describe('the schemas of --json', () => {
  it('are one for each command that has --json, and one for errors', async () => {
    const wanted = [...(await commandsWithJson()).map(schemaOf), ERROR_SCHEMA].sort();
    assert.deepEqual([...(await loadSchemas()).keys()].sort(), wanted);
  });

  it('say what they are of', async () => {
    for (const [name, {title, description}] of await loadSchemas()) {
      if (name !== ERROR_SCHEMA) assert.equal(title, `cao ${name.replaceAll('-', ' ')} --json`);
      assert.match(description ?? '', /^[A-Z].*\.$/, name);
    }
  });

  it('keep every field of the last release, or the changelog tells of it', async () => {
    const changelog = await readFile(join(PROJECT_ROOT, 'CHANGELOG.md'), 'utf8');
    const untold = untoldChanges(await loadReleased(), fieldsOf(await loadSchemas()), changelog);
    const advice =
      'Scripts rely on these fields of --json. Keep them, or name each by its path in backticks in the first section of CHANGELOG.md (docs/json.md).';
    assert.deepEqual(untold, [], `${advice}\n${untold.join('\n')}`);
  });
});

describe('fieldsOf', () => {
  const fields = (schema: Schema, more: [string, Schema][] = []): Record<string, string> =>
    fieldsOf(new Map([['x', schema], ...more]));

  it('names fields of objects, lists and maps, and marks those that may be absent', () => {
    const item = {
      type: 'object',
      required: ['id'],
      properties: {id: {type: 'string'}, at: {type: ['null', 'number']}},
    };
    const limits = {type: 'object', additionalProperties: {type: 'number'}};
    assert.deepEqual(
      fields({
        type: 'object',
        required: ['items', 'limits'],
        properties: {items: {type: 'array', items: item}, limits},
      }),
      {
        x: 'object',
        'x.items': 'array',
        'x.items[]': 'object',
        'x.items[].id': 'string',
        'x.items[].at': 'null|number?',
        'x.limits': 'object',
        'x.limits.*': 'number',
      },
    );
  });

  it('takes alternatives together: a field of only some may be absent', () => {
    const running = {
      type: 'object',
      required: ['up', 'pid'],
      properties: {up: {const: true}, pid: {type: 'integer'}},
    };
    const stopped = {type: 'object', required: ['up'], properties: {up: {const: false}}};
    assert.deepEqual(fields({oneOf: [running, stopped]}), {
      x: 'object',
      'x.up': 'boolean',
      'x.pid': 'integer?',
    });
    assert.deepEqual(fields({anyOf: [{type: 'null'}, {enum: ['a', null]}]}), {x: 'null|string'});
  });

  it('follows references, into other schemas too', () => {
    const other: Schema = {$ref: '#/$defs/one', $defs: {one: {type: 'array', items: {type: 'string'}}}};
    assert.deepEqual(fields({$ref: 'y.schema.json'}, [['y', other]]), {
      x: 'array',
      'x[]': 'string',
      y: 'array',
      'y[]': 'string',
    });
    assert.throws(() => fields({$ref: 'z.schema.json'}), /x\.schema\.json refers to z\.schema\.json/);
  });
});

describe('untoldChanges', () => {
  const released = {x: 'array', 'x[]': 'object', 'x[].id': 'string', 'x[].at.ms': 'number'};
  const gone = {x: 'array', 'x[]': 'object', 'x[].id': 'string'};
  const changelog = (line: string): string =>
    `# Changelog\n\n## [Unreleased]\n\n- ${line}\n\n## [1.0.0]\n\n- \`x.*\`\n`;

  const cases: [string, Record<string, string>, string, string[]][] = [
    ['new fields are free', {...released, 'x[].new': 'string'}, 'Nothing.', []],
    ['a field that is gone', gone, 'Nothing.', ['x[].at.ms (number) is gone']],
    [
      'a field of another type',
      {...released, 'x[].id': 'null|string'},
      'Nothing.',
      ['x[].id was string and is null|string'],
    ],
    ['told by its path', gone, '`x[].at.ms` is gone.', []],
    ['told by what is around it', gone, '`x[].at` is gone.', []],
    ['told with all of a command', gone, '`x.*` is another.', []],
    ['the name of a command does not tell', gone, 'Better `x`.', ['x[].at.ms (number) is gone']],
    ['another field does not tell', gone, '`x[].a`, `x[].at.m`', ['x[].at.ms (number) is gone']],
  ];
  for (const [title, present, line, expected] of cases) {
    it(title, () => assert.deepEqual(untoldChanges(released, present, changelog(line)), expected));
  }
});
