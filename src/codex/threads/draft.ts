import {type FileHandle, open, rename, rm, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

import {syncFolder} from '../../files/atomic-write.js';
import {PRIVATE_FILE_MODE} from '../../files/private-folder.js';

const WRITE_BYTES = 1 << 20;

export type WriteLine = (bytes: Buffer, newline?: boolean) => Promise<void>;

/** Where the new state of a rollout is written. One fixed name: what a killed process left is overwritten by the next. */
export function draftOf(rollout: string): string {
  return join(dirname(rollout), `.${basename(rollout)}.handover`);
}

/** Writes the lines that `produce` gives to a new file, and has them on disk. */
export async function writeLines<T>(path: string, produce: (write: WriteLine) => Promise<T>): Promise<T> {
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

/**
 * Puts a draft in the place of a rollout, with the time of the state that it holds: Codex lists threads by it.
 *
 * @param former where the rollout lay until now, which may be elsewhere or compressed; null when it is new.
 */
export async function putInPlace(
  draft: string,
  {rollout, former, source}: {rollout: string; former: string | null; source: string},
): Promise<void> {
  const {atime, mtime} = await stat(source);
  const file = await open(draft, 'r+');
  try {
    await file.utimes(atime, mtime);
  } finally {
    await file.close();
  }
  await rename(draft, rollout);
  if (former !== null && former !== rollout) await rm(former, {force: true});
  await syncFolder(dirname(rollout));
}
