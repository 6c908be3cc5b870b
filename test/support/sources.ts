import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';

import {PROJECT_ROOT} from './cao.js';

/** The text of every TypeScript file below a folder of the project, by its path in the project. */
export async function sourcesIn(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(join(PROJECT_ROOT, folder), {recursive: true});
  const files = entries.filter((entry) => entry.endsWith('.ts')).map((entry) => join(folder, entry));
  return new Map(
    await Promise.all(
      files.map(async (file) => [file, await readFile(join(PROJECT_ROOT, file), 'utf8')] as const),
    ),
  );
}
