import assert from 'node:assert/strict';
import {appendFile} from 'node:fs/promises';

/** 0 for the short form of a suite, which every `npm test` runs; `CAO_SOAK=1` is the long one, 2 twice as long. */
const SOAK = Number(process.env['CAO_SOAK'] ?? 0);

/** Whether this is the long form. */
export const IS_LONG = SOAK > 0;

/** How often something is done: few times in the short form of a suite, many in its long one. */
export function times({short, long}: {short: number; long: number}): number {
  return IS_LONG ? Math.round(long * SOAK) : short;
}

/** Repeats what was drawn at random in a run that failed: say it with the failure. */
export const SEED = Number(process.env['CAO_SEED'] ?? Date.now() % 1_000_000);

/** Numbers from 0 to 1 that a seed gives again (mulberry32). */
export function generator(seed = SEED): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * 1, 2, 3, … in the long form of a suite, every `stride`th of them in its short one: the points of something at which it is
 * broken off. Goes on until whoever asks has seen the last one.
 *
 * @param stride best a prime, so that it does not fall in step with what repeats.
 */
export function* points(stride: number): Generator<number> {
  for (let nth = 1; ; nth += IS_LONG ? 1 : stride) yield nth;
}

/**
 * Says what a suite has measured, where it ran in its long form: `npm run test:soak` gathers the figures.
 *
 * @param suite path of the test's file from the project's root.
 */
export async function figures(suite: string, values: Record<string, number | string>): Promise<void> {
  assert.match(suite, /^test\/(reliability|security)\//);
  const file = process.env['CAO_SOAK_FIGURES'];
  if (!IS_LONG || file === undefined) return;
  await appendFile(file, `${JSON.stringify({suite, values})}\n`);
}
