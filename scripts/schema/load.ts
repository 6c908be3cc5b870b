import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';

import type {Schema} from './fields.js';

const ROOT = join(import.meta.dirname, '..', '..');
const SCHEMA_FOLDER = join(ROOT, 'docs', 'schema');
export const RELEASED_FILE = join(SCHEMA_FOLDER, 'released.json');

/** The schema of what a failed command prints, whichever it is. */
export const ERROR_SCHEMA = 'error';

const ENDING = '.schema.json';

/** Every schema of docs/schema, by its name: `status`, `gateway-status`, … */
export async function loadSchemas(): Promise<Map<string, Schema>> {
  const files = (await readdir(SCHEMA_FOLDER)).filter((file) => file.endsWith(ENDING));
  return new Map(
    await Promise.all(
      files
        .sort()
        .map(
          async (file) =>
            [file.slice(0, -ENDING.length), (await readJson(join(SCHEMA_FOLDER, file))) as Schema] as const,
        ),
    ),
  );
}

/** The fields as they were at the last release, as `fieldsOf` gave them then. */
export async function loadReleased(): Promise<Record<string, string>> {
  return (await readJson(RELEASED_FILE)) as Record<string, string>;
}

/** The commands that take `--json`, by their id in oclif (`gateway:status`), from oclif.manifest.json. */
export async function commandsWithJson(): Promise<string[]> {
  const {commands} = (await readJson(join(ROOT, 'oclif.manifest.json'))) as {
    commands: Record<string, {enableJsonFlag?: boolean}>;
  };
  return Object.keys(commands).filter((id) => commands[id]?.enableJsonFlag);
}

/** The name of a command's schema. */
export function schemaOf(commandId: string): string {
  return commandId.replaceAll(':', '-');
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}
