import {basename, join} from 'node:path';

import {readdirIfThere} from '../../files/absent.js';
import {threadIdOfRollout} from './rollout.js';
import {isCold, plainName} from './rollout-lines.js';

/** A rollout as it lies in a home, compressed or not. */
export type RolloutFile = {
  id: string;
  path: string;
  /** Put away by its user: Codex neither lists nor resumes it. */
  archived: boolean;
};

const ACTIVE = 'sessions';
const ARCHIVED = 'archived_sessions';

/**
 * Every rollout of a home, the archived ones last. Where one lies there compressed and not, Codex reads the latter, and
 * so do we.
 *
 * @throws Node's error when a folder is there and cannot be read: nobody knows then which threads the home has.
 */
export async function rolloutsOf(home: string): Promise<RolloutFile[]> {
  return [...(await rolloutsIn(home, ACTIVE)), ...(await rolloutsIn(home, ARCHIVED))];
}

/** The rollout of one thread in a home, an archived one only if there is no other; null when it has none. @throws like {@link rolloutsOf} */
export async function findRollout(home: string, id: string): Promise<RolloutFile | null> {
  const found = (await rolloutsOf(home)).filter((rollout) => rollout.id === id);
  return found.findLast(({archived}) => !archived) ?? found.at(-1) ?? null;
}

/** Where Codex looks for a rollout in a home, uncompressed, by the name of its file: by the day in that, or among the archived. */
export function placeOf(home: string, rollout: string, archived: boolean): string {
  const name = plainName(basename(rollout));
  const [, ...day] = /^rollout-(\d{4})-(\d{2})-(\d{2})T/.exec(name) ?? [];
  return archived ? join(home, ARCHIVED, name) : join(home, ACTIVE, ...day, name);
}

async function rolloutsIn(home: string, name: string): Promise<RolloutFile[]> {
  const folder = join(home, name);
  const entries = await readdirIfThere(folder, {recursive: true});
  const all = new Set(entries);
  return entries.flatMap((entry) => {
    const id = threadIdOfRollout(entry);
    if (id === null || (isCold(entry) && all.has(plainName(entry)))) return [];
    return [{id, path: join(folder, entry), archived: name === ARCHIVED}];
  });
}
