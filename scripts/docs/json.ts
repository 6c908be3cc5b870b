import {ERROR_SCHEMA, commandsWithJson, loadSchemas, schemaOf} from '../schema/load.js';
import {madeFrom, table} from './table.js';

/** Flags that make a command print what another one does, by its schema. */
const DOORS: Readonly<Record<string, string>> = {
  'list --details': 'status',
  'status --doctor': 'doctor',
  'status --report': 'report',
};

/** docs/json.md. */
export async function jsonPage(): Promise<string> {
  const schemas = await loadSchemas();
  const row = (what: string, schema: string): string[] => [
    what,
    schemas.get(schema)?.description ?? '',
    `[${schema}](schema/${schema}.schema.json)`,
  ];
  const rows = (await commandsWithJson()).map((id) =>
    row(`\`cao ${id.replaceAll(':', ' ')}\``, schemaOf(id)),
  );
  // What a flag makes of a command is what another command prints.
  const doors = Object.entries(DOORS).map(([command, schema]) => row(`\`cao ${command}\``, schema));
  return `# JSON output

${madeFrom('oclif.manifest.json and docs/schema')}

With \`--json\` a command prints one JSON value on stdout and nothing else; progress and warnings go to stderr. Each value follows a
schema (JSON Schema, draft 2020-12) in [schema/](schema).

- A command that fails prints an error instead, and its [exit code](exit-codes.md) says so.
- Warnings are also in the value, as \`warnings\`, where that is an object.
- Times end in \`Ms\` (milliseconds since the epoch) or \`Iso\` (ISO 8601, UTC). What is unknown is \`null\`. The one exception is
  \`generatedAt\` of doctor and report (ISO 8601, UTC), which has had that name since version 1.
- Messages are sentences for people, whose wording may change. Times in them are ISO 8601 in UTC; on the screen they are local.
- New fields may come with any version. One that goes away or changes its type is named in the [changelog](../CHANGELOG.md).

${table(['Command', 'Prints', 'Schema'], [...rows, ...doors, row('any that fails', ERROR_SCHEMA)])}

## Changing it

The schemas are what scripts rely on, so tests hold every command against its own. [released.json](schema/released.json) has the fields of
the last release with their types; a field that is missing now, or has another type, must be named by its path in backticks in the
changelog's first section (for example \`threads.threads[].cwd\`, or \`threads.*\` for all that a command prints). At a release
\`npm run schemas:release\` writes it anew.
`;
}
