import {copyFile, realpath, rm} from 'node:fs/promises';
import {dirname} from 'node:path';

import {makeFolder} from '../../files/private-folder.js';
import {draftOf, putInPlace, writeLines} from './draft.js';
import {mergeForms} from './forms.js';
import {type Segment, forksOf} from './lineage.js';
import {type Merged, type Source, merge} from './merge.js';
import {type RolloutFile, findRollout, placeOf} from './rollout-files.js';
import {plainName} from './rollout-lines.js';

/** How handing a thread over went. */
export type Handover =
  | {
      kind: 'moved';
      rollout: string;
      /** What was written into the target's home, by thread. */
      written: {id: string; path: string}[];
      /** Where older states lie now that were continued in the target apart from the newest. */
      keptAside: string[];
    }
  /** The target holds all of it already. */
  | {kind: 'current'; rollout: string}
  /** Remotely compacted: only the account that did it can read what it knows. Nothing was changed. */
  | {kind: 'sealed'}
  /** The target holds a thread of its past otherwise than it is needed. Nothing was changed. */
  | {kind: 'past-differs'; id: string; rollout: string}
  /** A fork in the target's home rests on a state of the thread that the newest does not hold. Nothing was changed. */
  | {kind: 'past-of'; fork: string};

export type HandoverOptions = {
  /** A thread stays archived; else it is brought so that Codex resumes it. */
  keepArchived?: boolean;
  /** Whether it is only to be seen how it would go: nothing is changed, and `moved` is what would be. */
  lookOnly?: boolean;
  /** Told of the threads whose rollouts will be replaced, before any is; what it throws stops that. */
  beforeChange?: (ids: readonly string[]) => Promise<void>;
};

/**
 * Brings a thread's rollout into another account's home, with all that its history rests on.
 *
 * A home that has no copy gets one without what only other accounts can read. One that has an older copy keeps it as
 * it is, its own reasoning included, and gets the lines that are missing. A copy of the thread that a Codex went on from
 * apart from the newest state is kept beside it under another name; one of its past stands for a thread of its own, of
 * which the beginning alone is at hand, and is never displaced. In each case the new file takes the old one's place in one
 * step, all lines keep their byte offsets, by which forks name their past, and the source is only read. What is
 * written is not compressed; a compressed copy that it takes the place of goes.
 * The caller holds the lock on threads and has made sure that no Codex is writing.
 *
 * @param past what the thread rests on, from the first on (see `lineageOf`).
 */
export async function handOver(
  {thread, past}: {thread: RolloutFile; past: readonly Segment[]},
  targetHome: string,
  {keepArchived = false, lookOnly = false, beforeChange}: HandoverOptions = {},
): Promise<Handover> {
  const prepared: Prepared[] = [];
  const add = async (segment: {file: RolloutFile; endByte: number | null}, mayBeArchived: boolean) => {
    const one = await prepare(segment, targetHome, mayBeArchived, prepared.at(-1)?.merged.sealed ?? false);
    prepared.push(one);
    return one;
  };
  try {
    for (const segment of past) {
      const {id, former, merged} = await add(segment, true);
      if (merged.kind === 'diverged' && former !== null) return {kind: 'past-differs', id, rollout: former};
    }
    const last = await add({file: thread, endByte: null}, keepArchived);
    const {rollout, merged} = last;
    const fork = await forkLosingItsPast(last, targetHome);
    if (fork !== null) return {kind: 'past-of', fork};
    const changes = prepared.filter((one) => one.merged.kind !== 'current');
    if (changes.length === 0) return {kind: 'current', rollout};
    if (merged.sealed) return {kind: 'sealed'};
    await beforeChange?.(changes.map(({id}) => id));
    const keptAside: string[] = [];
    for (const change of lookOnly ? [] : changes) keptAside.push(...(await commit(change)));
    return {kind: 'moved', rollout, written: changes.map(({id, rollout: path}) => ({id, path})), keptAside};
  } finally {
    for (const {draft} of prepared) await rm(draft, {force: true});
  }
}

type Prepared = {
  id: string;
  /** Where the segment will lie. */
  rollout: string;
  /** Where the target has it now; null when it has none. */
  former: string | null;
  source: string;
  draft: string;
  merged: Merged;
};

/** @returns where an older state of it is kept now */
async function commit({draft, rollout, former, source, merged}: Prepared): Promise<string[]> {
  const aside = former !== null && merged.kind === 'diverged' ? `${former}.superseded-${Date.now()}` : null;
  if (former !== null && aside !== null) await copyFile(former, aside);
  await putInPlace(draft, {rollout, former, source});
  return aside === null ? [] : [aside];
}

/** A fork whose past another state of its parent would take the place of; Codex reads that up to a byte. */
async function forkLosingItsPast(
  {id, former, draft, merged}: Prepared,
  targetHome: string,
): Promise<string | null> {
  if (former === null || merged.kind !== 'diverged') return null;
  for (const fork of await forksOf(targetHome, id)) {
    const past = {path: former, endByte: fork.endByte};
    const held = await merge(past, draft, false, () => Promise.resolve());
    if (held.kind !== 'current') return fork.id;
  }
  return null;
}

async function prepare(
  {file, endByte}: {file: RolloutFile; endByte: number | null},
  targetHome: string,
  mayBeArchived: boolean,
  sealed: boolean,
): Promise<Prepared> {
  const old = await findRollout(targetHome, file.id);
  const former = old?.path ?? null;
  const archived = mayBeArchived && (old ?? file).archived;
  const rollout = old?.archived === archived ? plainName(old.path) : placeOf(targetHome, file.path, archived);
  const draft = draftOf(rollout);
  const prepared = {id: file.id, rollout, former, source: file.path, draft};
  if (former !== null && (await realpath(former)) === (await realpath(file.path)))
    return {...prepared, rollout: former, merged: {kind: 'current', sealed}};
  await makeFolder(dirname(rollout));
  const merged = await writeMerged({path: file.path, endByte}, former, sealed, draft);
  return {...prepared, merged};
}

async function writeMerged(
  source: Source,
  known: string | null,
  sealed: boolean,
  draft: string,
): Promise<Merged> {
  const merged = await writeLines(draft, (write) => merge(source, known, sealed, write));
  if (merged.kind !== 'diverged' || known === null) return merged;
  const inOneForm = await writeLines(draft, (write) => mergeForms(source, known, sealed, write));
  if (inOneForm.kind !== 'diverged') return inOneForm;
  const whole = await writeLines(draft, (write) => merge(source, null, sealed, write));
  return {...whole, kind: 'diverged'};
}
