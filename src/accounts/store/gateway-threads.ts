import {z} from 'zod';

import type {DataFolder} from '../data/data-folder.js';
import {readTextIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {isNewer} from '../../files/json/document.js';
import {readLeniently} from '../../files/json/lenient.js';
import {parseJson} from '../../files/json-values.js';

const stateSchema = z.object({
  threads: z.array(z.tuple([z.string(), z.string(), z.array(z.string())])),
});

/** What a gateway leaves behind for the next: each thread with its account and the items that are foreign to it. */
export type SavedThreads = z.infer<typeof stateSchema>['threads'];

/** A file that is missing or damaged only costs caches: threads then choose anew. So does a part of it, for its thread. */
export async function readThreads(folder: DataFolder): Promise<SavedThreads> {
  const found = readLeniently(stateSchema, await saved(folder));
  return 'reason' in found ? [] : found.value.threads;
}

/** Leaves a file of a newer version alone. */
export async function writeThreads(folder: DataFolder, threads: SavedThreads): Promise<void> {
  if (isNewer(await saved(folder))) return;
  await writePrivateFile(folder.gatewayStateFile, `${JSON.stringify({threads})}\n`);
}

async function saved(folder: DataFolder): Promise<unknown> {
  return parseJson((await readTextIfThere(folder.gatewayStateFile).catch(() => null)) ?? '');
}

/** Gives the threads of an account to its new name. A gateway that runs now writes what it knows over that again. */
export async function renameInThreads(folder: DataFolder, from: string, to: string): Promise<void> {
  const threads = await readThreads(folder);
  if (!threads.some(([, account]) => account === from)) return;
  await writeThreads(
    folder,
    threads.map(([thread, account, foreign]) => [thread, account === from ? to : account, foreign]),
  );
}
