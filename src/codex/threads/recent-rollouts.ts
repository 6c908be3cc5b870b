import {join} from 'node:path';

import {lstatIfThere, readdirIfThere, statIfThere} from '../../files/absent.js';

/** Days looked into, newest first: threads older than that and never resumed have nothing new to say. */
const MOST_DAYS = 7;
const MOST_FILES = 40;

export type RecentRollout = {path: string; modifiedAtMs: number; bytes: number};

/**
 * The rollouts of a home that were written last, the newest first, found with bounded work however many there are.
 * Only files that belong to this home alone: what is linked may have been written by another account.
 *
 * @throws Node's error when a folder is there and cannot be read.
 */
export async function newestRollouts(home: string): Promise<RecentRollout[]> {
  const sessions = join(home, 'sessions');
  if (!(await lstatIfThere(sessions))?.isDirectory()) return [];
  const paths: string[] = [];
  for (const day of await newestDays(sessions)) {
    const names = (await entries(day)).filter(
      (name) => name.startsWith('rollout-') && name.endsWith('.jsonl'),
    );
    paths.push(...names.map((name) => join(day, name)));
    if (paths.length >= MOST_FILES) break;
  }
  const files = await Promise.all(paths.slice(0, MOST_FILES).map(describe));
  return files.filter((file) => file !== null).sort((left, right) => right.modifiedAtMs - left.modifiedAtMs);
}

/** `sessions/YYYY/MM/DD`, newest first. */
async function newestDays(sessions: string): Promise<string[]> {
  const days: string[] = [];
  for (const year of await entries(sessions)) {
    for (const month of await entries(join(sessions, year))) {
      for (const day of await entries(join(sessions, year, month))) {
        days.push(join(sessions, year, month, day));
        if (days.length === MOST_DAYS) return days;
      }
    }
  }
  return days;
}

/** Names in a folder, the latest date or time first; none where there is no such folder. */
async function entries(folder: string): Promise<string[]> {
  return (await readdirIfThere(folder)).sort().reverse();
}

async function describe(path: string): Promise<RecentRollout | null> {
  const found = await statIfThere(path);
  if (!found?.isFile() || found.nlink > 1) return null;
  return {path, modifiedAtMs: found.mtimeMs, bytes: found.size};
}
