import {isDeepStrictEqual} from 'node:util';

import {isNestedTooDeep, parseRecord} from '../../files/json-values.js';
import type {WriteLine} from './draft.js';
import {type Merged, MergedLines, type Source, splitLines} from './merge.js';
import {portableLine} from './portable-line.js';
import {parseRolloutLine} from './rollout.js';

/*
 * Codex has two forms of rollouts: since 0.16x each line has an ordinal, and `codex migrate-rollouts` writes older
 * rollouts anew in that form, with other events and other byte offsets. The same thread may then lie in two homes in two
 * forms. What was said and done in it is the same in both.
 */

/** How much of what was said and done two rollouts have in common. `more`: the source goes on where the target ends. */
type Relation = 'same' | 'more' | 'less' | 'apart';

/**
 * {@link merge} for a source and a target that are not the same line by line, but may tell the same in two forms. One
 * of them stays as it is, with its byte offsets, and gets what the other has beyond it: the target's, since its forks
 * and databases point into it, unless that is in the older form, into which nothing points, or the source's
 * offsets are asked for.
 */
export async function mergeForms(
  source: Source,
  known: string,
  sealed: boolean,
  write: WriteLine,
): Promise<Merged> {
  const target: Source = {path: known, endByte: null};
  const relation = await relationOf(source, target);
  if (relation === 'apart') return {kind: 'diverged', sealed};
  if (source.endByte === null && relation !== 'more') return {kind: 'current', sealed};
  const written = new MergedLines(write, sealed);
  const own = (line: Buffer): Promise<void> => written.own(line);
  const foreign = (line: Buffer): Promise<void> => written.foreign(line);
  const bySource = source.endByte !== null || ((await isPaged(source)) && !(await isPaged(target)));
  if (bySource) {
    const last = await writeAll(source, foreign);
    if (relation === 'less') await writeLater(target, last, own);
  } else {
    await writeLater(source, await writeAll(target, own), foreign);
  }
  return {kind: 'moved', sealed: written.sealed};
}

async function relationOf(source: Source, target: Source): Promise<Relation> {
  const [ours, theirs] = [substance(source), substance(target)];
  try {
    for (;;) {
      const [one, other] = await Promise.all([ours.next(), theirs.next()]);
      if (one.done === true) return other.done === true ? 'same' : 'less';
      if (other.done === true) return 'more';
      if (!isDeepStrictEqual(one.value, other.value)) return 'apart';
    }
  } finally {
    await Promise.all([ours.return(undefined), theirs.return(undefined)]);
  }
}

/** What of a rollout is the same in all forms and on all accounts. */
async function* substance(source: Source): AsyncGenerator {
  for await (const bytes of splitLines(source)) {
    const text = portableLine(bytes.toString('utf8'));
    const line = parseRolloutLine(text);
    if (line?.type !== 'response_item' && line?.type !== 'compacted') continue;
    // What is nested without an end no Codex reads, and nobody compares part by part.
    yield [line.type, isNestedTooDeep(line.payload) ? text : line.payload];
  }
}

async function isPaged(source: Source): Promise<boolean> {
  for await (const bytes of splitLines(source)) return ordinalOf(bytes) !== null;
  return false;
}

/** The end of what has been written: lines after it are later and go on counting where it has ordinals. */
type End = {timestampMs: number; ordinal: number | null};

async function writeAll(source: Source, write: (line: Buffer) => Promise<void>): Promise<End> {
  let last: Buffer | null = null;
  for await (const line of splitLines(source)) {
    await write(line);
    last = line;
  }
  const timestampMs = parseRolloutLine(last?.toString('utf8') ?? '')?.timestampMs ?? 0;
  return {timestampMs, ordinal: last && ordinalOf(last)};
}

async function writeLater(source: Source, end: End, write: (line: Buffer) => Promise<void>): Promise<void> {
  let {ordinal} = end;
  for await (const line of splitLines(source)) {
    const record = parseRecord(line.toString('utf8'));
    if (!record || Date.parse(String(record['timestamp'])) <= end.timestampMs) continue;
    if (ordinal !== null) ordinal += 1;
    await write(
      ordinal === null || isNestedTooDeep(record) ? line : Buffer.from(JSON.stringify({...record, ordinal})),
    );
  }
}

function ordinalOf(line: Buffer): number | null {
  const ordinal = parseRecord(line.toString('utf8'))?.['ordinal'];
  return typeof ordinal === 'number' ? ordinal : null;
}
