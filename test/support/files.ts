import {readFile} from 'node:fs/promises';

/** What a JSON file holds, taken at its word. */
export async function readJson<T = unknown>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
