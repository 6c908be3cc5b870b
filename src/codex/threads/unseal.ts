import {copyFile, rm} from 'node:fs/promises';

import {draftOf, putInPlace, writeLines} from './draft.js';
import {portableBytes, sealsThread} from './portable-line.js';
import {plainName, rolloutLines} from './rollout-lines.js';
import {SEALED_MARK} from './sealed-items.js';

/** How taking out of a rollout what only other accounts can read went. */
export type Unsealing =
  /** What was there is kept in `original`. */
  | {kind: 'opened'; original: string}
  /** There is nothing to take out. `summary`: only what a compaction put in place of all before it cannot be read. */
  | {kind: 'unchanged'; summary: boolean};

/** Takes everything that is sealed for some account out of a rollout in place, but for a compaction's summary. */
export async function unseal(rollout: string): Promise<Unsealing> {
  const plain = plainName(rollout);
  const draft = draftOf(plain);
  let summary = false;
  const changed = await writeLines(draft, async (write) => {
    let removed = 0;
    for await (const {bytes, complete} of rolloutLines(rollout)) {
      const line = bytes.toString('utf8');
      const portable = complete ? portableBytes(bytes) : bytes;
      if (portable !== bytes && line.includes(SEALED_MARK)) removed += 1;
      summary = sealsThread(line) ?? summary;
      await write(portable, complete);
    }
    return removed > 0;
  });
  if (!changed) {
    await rm(draft, {force: true});
    return {kind: 'unchanged', summary};
  }
  const original = `${rollout}.original-${Date.now()}`;
  await copyFile(rollout, original);
  await putInPlace(draft, {rollout: plain, former: rollout, source: rollout});
  return {kind: 'opened', original};
}
