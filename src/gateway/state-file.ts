import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {z} from 'zod';

import type {DataFolder} from '../accounts/data-folder.js';
import {writePrivateFile} from '../files/atomic-write.js';

const stateSchema = z.object({
  threads: z.array(z.tuple([z.string(), z.string(), z.array(z.string())])),
});

export type SavedThreads = z.infer<typeof stateSchema>['threads'];

/** What a gateway leaves behind for the next: which account has which thread. Dots keep it clear of account names. */
function stateFile(folder: DataFolder): string {
  return join(folder.root, 'gateway.state.json');
}

/** A file that is missing or damaged only costs caches: threads then choose anew. */
export async function readThreads(folder: DataFolder): Promise<SavedThreads> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(stateFile(folder), 'utf8'))).threads;
  } catch {
    return [];
  }
}

export async function writeThreads(folder: DataFolder, threads: SavedThreads): Promise<void> {
  await writePrivateFile(stateFile(folder), `${JSON.stringify({threads})}\n`);
}
