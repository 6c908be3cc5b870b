import {type FileHandle, copyFile, mkdir, open, realpath, rename, rm, stat} from 'node:fs/promises';
import {basename, dirname, join, relative} from 'node:path';

import {syncFolder} from '../../files/atomic-write.js';
import {type FileLine, readLines} from '../../files/lines.js';
import {PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE} from '../../files/private-folder.js';
import {portableLine, sameLine, sealsThread} from './portable-line.js';
import {findRollout, sessionsFolder} from './rollout-files.js';
import {SEALED_MARK} from './sealed-items.js';

/** How handing a thread over went. */
export type Handover =
  | {
      kind: 'moved';
      rollout: string;
      /** Where an older state lies now that was continued in the target apart from the newest; else null. */
      keptAside: string | null;
    }
  /** The target holds all of it already. */
  | {kind: 'current'; rollout: string}
  /** Remotely compacted: only the account that did it can read what it knows. Nothing was changed. */
  | {kind: 'sealed'};

const WRITE_BYTES = 1 << 20;

/**
 * Brings a thread's rollout into another account's home.
 *
 * A home that has no copy gets one without what only other accounts can read. One that has an older copy keeps it as
 * it is, its own reasoning included, and gets the lines that are missing. A copy that a Codex went on from apart from
 * the newest state is kept beside it under another name. In each case the new file takes the old one's place in one
 * step, all lines keep their byte offsets (see {@link portableLine}), and the source is only read.
 * The caller holds the lock on threads and has made sure that no Codex is writing.
 *
 * @param source the newest rollout, below `sourceHome`'s sessions folder.
 */
export async function handOver(
  {home: sourceHome, rollout: source}: {home: string; rollout: string},
  targetHome: string,
  id: string,
): Promise<Handover> {
  const old = await findRollout(targetHome, id);
  if (old !== null && (await realpath(old)) === (await realpath(source)))
    return {kind: 'current', rollout: old};
  const rollout = old ?? join(sessionsFolder(targetHome), relative(sessionsFolder(sourceHome), source));
  await mkdir(dirname(rollout), {recursive: true, mode: PRIVATE_FOLDER_MODE});
  const draft = draftOf(rollout);
  let merged = await writeMerged(source, old, draft);
  const diverged = merged === 'diverged' ? old : null;
  if (diverged !== null) merged = await writeMerged(source, null, draft);
  if (merged !== 'moved') {
    await rm(draft, {force: true});
    return merged === 'sealed' ? {kind: 'sealed'} : {kind: 'current', rollout};
  }
  const keptAside = diverged === null ? null : `${diverged}.superseded-${Date.now()}`;
  if (diverged !== null && keptAside !== null) await copyFile(diverged, keptAside);
  await replace(draft, rollout, source);
  return {kind: 'moved', rollout, keptAside};
}

/** How taking out of a rollout what only other accounts can read went. */
export type Unsealing =
  /** What was there is kept in `original`. */
  | {kind: 'opened'; original: string}
  /** There is nothing to take out. `summary`: only what a compaction put in place of all before it cannot be read. */
  | {kind: 'unchanged'; summary: boolean};

/** Takes everything that is sealed for some account out of a rollout in place, but for a compaction's summary. */
export async function unseal(rollout: string): Promise<Unsealing> {
  const draft = draftOf(rollout);
  let summary = false;
  const changed = await writeLines(draft, async (write) => {
    let removed = 0;
    for await (const {bytes, complete} of readLines(rollout)) {
      const line = bytes.toString('utf8');
      const portable = complete ? portableLine(line) : line;
      if (portable !== line && line.includes(SEALED_MARK)) removed += 1;
      summary = sealsThread(line) ?? summary;
      await write(portable === line ? bytes : Buffer.from(portable), complete);
    }
    return removed > 0;
  });
  if (!changed) {
    await rm(draft, {force: true});
    return {kind: 'unchanged', summary};
  }
  const original = `${rollout}.original-${Date.now()}`;
  await copyFile(rollout, original);
  await replace(draft, rollout, rollout);
  return {kind: 'opened', original};
}

/** One fixed name: what a killed hand-over left behind is overwritten by the next. */
function draftOf(rollout: string): string {
  return join(dirname(rollout), `.${basename(rollout)}.handover`);
}

type Merged = 'moved' | 'current' | 'diverged' | 'sealed';
type Write = (bytes: Buffer, newline?: boolean) => Promise<void>;

async function writeMerged(source: string, old: string | null, draft: string): Promise<Merged> {
  const known = old === null ? null : readLines(old);
  try {
    return await writeLines(draft, (write) => merge(source, known, write));
  } finally {
    await known?.return(undefined);
  }
}

async function merge(source: string, known: AsyncGenerator<FileLine> | null, write: Write): Promise<Merged> {
  let behind = known !== null;
  let sealed = false;
  let added = 0;
  for await (const {bytes, complete} of readLines(source)) {
    // A line cut short by a killed Codex was never read by anyone.
    if (!complete) break;
    const before = behind ? await known?.next() : undefined;
    behind = before?.done === false && before.value.complete;
    const seal = sealsThread(bytes.toString('utf8'));
    if (behind && before?.done === false) {
      if (!sameLine(before.value.bytes, bytes)) return 'diverged';
      // What this home has itself it can read.
      if (seal !== null) sealed = false;
      await write(before.value.bytes);
    } else {
      added += 1;
      sealed = seal ?? sealed;
      await write(Buffer.from(portableLine(bytes.toString('utf8'))));
    }
  }
  if (added === 0) return 'current';
  return sealed ? 'sealed' : 'moved';
}

async function writeLines<T>(path: string, produce: (write: Write) => Promise<T>): Promise<T> {
  const file = await open(path, 'w', PRIVATE_FILE_MODE);
  try {
    const pending = new PendingWrites(file);
    const result = await produce((bytes, newline = true) => pending.add(bytes, newline));
    await pending.flush();
    await file.sync();
    return result;
  } finally {
    await file.close();
  }
}

/** Lines gathered to few large writes. */
class PendingWrites {
  private parts: Buffer[] = [];
  private size = 0;

  constructor(private readonly file: FileHandle) {}

  async add(bytes: Buffer, newline: boolean): Promise<void> {
    this.parts.push(bytes);
    if (newline) this.parts.push(Buffer.from('\n'));
    this.size += bytes.length + 1;
    if (this.size >= WRITE_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.parts.length > 0) await this.file.appendFile(Buffer.concat(this.parts));
    this.parts = [];
    this.size = 0;
  }
}

/** Puts the draft in place, with the time of the state that it holds: Codex lists threads by it. */
async function replace(draft: string, rollout: string, source: string): Promise<void> {
  const {atime, mtime} = await stat(source);
  const file = await open(draft, 'r+');
  try {
    await file.utimes(atime, mtime);
  } finally {
    await file.close();
  }
  await rename(draft, rollout);
  await syncFolder(dirname(rollout));
}
