import pLimit from 'p-limit';

import {statIfThere} from '../../files/absent.js';
import {type HistoryBase, type SessionMeta, readSessionMeta} from './rollout.js';
import {type RolloutFile, findRollout, rolloutsOf} from './rollout-files.js';
import {isCold, rolloutLines} from './rollout-lines.js';

/** More files at a time would not be read sooner. */
const FILES_AT_ONCE = 16;

/** The beginning of another thread's rollout, up to a byte, as the past of a fork. */
export type Segment = {file: RolloutFile; endByte: number};

/** A thread with the past that it goes on from. */
export type WholeLineage = {kind: 'whole'; thread: RolloutFile; past: Segment[]};

/** It, or the id of a thread whose rollout it needs and nobody has. */
export type Lineage = WholeLineage | {kind: 'missing'; id: string};

/**
 * What a thread rests on: the beginnings of the rollouts of which it is a fork, from the first on. A fork's own rollout
 * begins where it was forked; Codex reads what was before from its parent's, up to a byte.
 *
 * @param homes where the others may lie, the likeliest first.
 * @throws Node's error for what is there and cannot be read.
 */
export async function lineageOf(thread: RolloutFile, homes: readonly string[]): Promise<Lineage> {
  const past: Segment[] = [];
  const seen = new Set([thread.id]);
  let base = (await readSessionMeta(thread.path))?.base ?? null;
  while (base !== null) {
    const found = seen.has(base.threadId) ? null : await findBase(base, homes);
    if (found === null) return {kind: 'missing', id: base.threadId};
    past.unshift({file: found, endByte: base.endByte});
    seen.add(found.id);
    base = (await readSessionMeta(found.path))?.base ?? null;
  }
  return {kind: 'whole', thread, past};
}

async function findBase(
  {threadId, endByte}: HistoryBase,
  homes: readonly string[],
): Promise<RolloutFile | null> {
  for (const home of homes) {
    const file = await findRollout(home, threadId);
    if (file !== null && (await holds(file.path, endByte))) return file;
  }
  return null;
}

/** Whether a rollout has so many bytes of whole lines, uncompressed. */
async function holds(rollout: string, bytes: number): Promise<boolean> {
  if (!isCold(rollout)) return ((await statIfThere(rollout))?.size ?? 0) >= bytes;
  let read = 0;
  for await (const line of rolloutLines(rollout)) {
    read += line.bytes.length + (line.complete ? 1 : 0);
    if (read >= bytes) return true;
  }
  return false;
}

/**
 * The sub-agents that a thread has begun, and those that they have, each before its own.
 *
 * @throws Node's error for what is there and cannot be read.
 */
export async function subagentsOf(home: string, id: string): Promise<RolloutFile[]> {
  const later = await laterThreads(home, id);
  const family = [id];
  const found: RolloutFile[] = [];
  for (const parent of family) {
    const children = later.filter(({meta}) => meta?.parentId === parent).map(({file}) => file);
    found.push(...children);
    family.push(...children.map((child) => child.id));
  }
  return found;
}

/** A thread's forks in a home, and how much of its rollout each rests on. @throws like {@link lineageOf} */
export async function forksOf(home: string, id: string): Promise<{id: string; endByte: number}[]> {
  const later = await laterThreads(home, id);
  return later.flatMap(({file, meta}) =>
    meta?.base?.threadId === id ? [{id: file.id, endByte: meta.base.endByte}] : [],
  );
}

/** What a thread can have begun in a home: ids are ordered by time, so nothing that is older. */
async function laterThreads(
  home: string,
  id: string,
): Promise<{file: RolloutFile; meta: SessionMeta | null}[]> {
  const later = (await rolloutsOf(home)).filter((file) => file.id > id);
  return pLimit(FILES_AT_ONCE).map(later, async (file) => ({file, meta: await readSessionMeta(file.path)}));
}

/** All that a home has of a thread: its rollout, those of which it is a fork, and its sub-agents'. @throws like {@link lineageOf} */
export async function familyOf(home: string, thread: RolloutFile): Promise<RolloutFile[]> {
  const lineage = await lineageOf(thread, [home]);
  const past = lineage.kind === 'whole' ? lineage.past.map(({file}) => file) : [];
  return [thread, ...past, ...(await subagentsOf(home, thread.id))];
}
