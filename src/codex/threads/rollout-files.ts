import {join} from 'node:path';

import {readdirIfThere} from '../../files/absent.js';
import {threadIdOfRollout} from './rollout.js';

/** A rollout as it lies in a home. */
export type RolloutFile = {id: string; path: string};

/** Where Codex keeps the threads of a home. */
export function sessionsFolder(home: string): string {
  return join(home, 'sessions');
}

/**
 * Every rollout in a home's `sessions/`; archived threads are not among them.
 *
 * @throws Node's error when the folder is there and cannot be read: nobody knows then which threads the home has.
 */
export async function rolloutsOf(home: string): Promise<RolloutFile[]> {
  const folder = sessionsFolder(home);
  const entries = await readdirIfThere(folder, {recursive: true});
  return entries.flatMap((entry) => {
    const id = threadIdOfRollout(entry);
    return id === null ? [] : [{id, path: join(folder, entry)}];
  });
}

/** The rollout of one thread in a home; null when it has none. @throws like {@link rolloutsOf} */
export async function findRollout(home: string, id: string): Promise<string | null> {
  const found = (await rolloutsOf(home)).filter((rollout) => rollout.id === id);
  return found.at(-1)?.path ?? null;
}
