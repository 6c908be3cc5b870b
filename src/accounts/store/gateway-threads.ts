import {z} from 'zod';

import type {DataFolder} from '../data/data-folder.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {readRegular} from '../../files/regular-file.js';

const stateSchema = z.object({
  threads: z.array(z.tuple([z.string(), z.string(), z.array(z.string())])),
});

/** What a gateway leaves behind for the next: each thread with its account and the items that are foreign to it. */
export type SavedThreads = z.infer<typeof stateSchema>['threads'];

/** A file that is missing or damaged only costs caches: threads then choose anew. */
export async function readThreads(folder: DataFolder): Promise<SavedThreads> {
  try {
    const {bytes} = await readRegular(folder.gatewayStateFile);
    return stateSchema.parse(JSON.parse(bytes.toString('utf8'))).threads;
  } catch {
    return [];
  }
}

export async function writeThreads(folder: DataFolder, threads: SavedThreads): Promise<void> {
  await writePrivateFile(folder.gatewayStateFile, `${JSON.stringify({threads})}\n`);
}
