import {appendFile, stat} from 'node:fs/promises';

import {z} from 'zod';

import type {HistoryPoint} from '../../contract/index.js';
import {redact} from '../../files/text/redact.js';
import {readTextIfThere, statIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {parseJson, parseRecord} from '../../files/json-values.js';
import {withLock} from '../../files/lock.js';
import {writingTo} from '../../files/writing.js';
import {PRIVATE_FILE_MODE} from '../../files/private-folder.js';
import {readRegular, requireRegular} from '../../files/regular-file.js';
import {nearestPercent, windowMinutesIn} from '../../codex/backend/window-figures.js';
import type {DataFolder} from '../data/data-folder.js';
import {moment} from '../data/moment.js';

/** Weeks of an ordinary user's samples; when it is full the older half goes. */
const MOST_BYTES = 1024 * 1024;

const usageEntry = z.object({
  kind: z.literal('usage'),
  atMs: moment,
  account: z.string(),
  limitId: z.string(),
  windowMinutes: z.number().nullable().transform(windowMinutesIn),
  usedPercent: z.number().transform(nearestPercent),
  source: z.string(),
});

const switchEntry = z.object({
  kind: z.literal('switch'),
  atMs: moment,
  from: z.string().nullable(),
  to: z.string().nullable(),
  reason: z.string(),
  by: z.enum(['run', 'gateway']),
});

/** One line of `history.jsonl`. Times in milliseconds since the epoch; nothing secret. */
const entrySchema: z.ZodType<HistoryPoint> = z.discriminatedUnion('kind', [usageEntry, switchEntry]);

/** Adds lines to the history, which stays below {@link MOST_BYTES}. */
export async function appendHistory(
  folder: DataFolder,
  entries: readonly HistoryPoint[],
  mostBytes: number = MOST_BYTES,
): Promise<void> {
  if (entries.length === 0) return;
  const lines = entries.map((entry) => `${redact(JSON.stringify(entry))}\n`).join('');
  await withLock(folder.historyLockFile, async () => {
    const there = await statIfThere(folder.historyFile);
    // Writing to a pipe would wait for a reader.
    if (there) requireRegular(folder.historyFile, there);
    await writingTo(folder.historyFile, () =>
      appendFile(folder.historyFile, lines, {mode: PRIVATE_FILE_MODE}),
    );
    if ((await stat(folder.historyFile)).size > mostBytes) await dropOlderHalf(folder.historyFile, mostBytes);
  });
}

/** The history since `sinceMs`, in the order in which it was written. A line that cannot be read is passed over. */
export async function readHistory(folder: DataFolder, sinceMs: number): Promise<HistoryPoint[]> {
  const text = (await readTextIfThere(folder.historyFile)) ?? '';
  return text.split('\n').flatMap((line) => {
    const entry = parseEntry(line);
    return entry && entry.atMs >= sinceMs ? [entry] : [];
  });
}

/** Gives what an account has behind it to its new name. */
export async function renameInHistory(folder: DataFolder, from: string, to: string): Promise<void> {
  await withLock(folder.historyLockFile, async () => {
    const text = (await readTextIfThere(folder.historyFile)) ?? '';
    const renamed = text
      .split('\n')
      .map((line) => renamedLine(line, from, to))
      .join('\n');
    if (renamed !== text) await writePrivateFile(folder.historyFile, renamed);
  });
}

/** Lines of others stay byte for byte, and so do those of kinds that this version does not know. */
function renamedLine(line: string, from: string, to: string): string {
  const entry = parseEntry(line);
  const keys = entry?.kind === 'usage' ? ['account'] : entry?.kind === 'switch' ? ['from', 'to'] : [];
  const record = parseRecord(line);
  const own = keys.filter((key) => record?.[key] === from);
  if (own.length === 0) return line;
  return JSON.stringify({...record, ...Object.fromEntries(own.map((key) => [key, to]))});
}

async function dropOlderHalf(path: string, mostBytes: number): Promise<void> {
  const {bytes: content} = await readRegular(path);
  const cut = content.indexOf('\n', content.length - Math.floor(mostBytes / 2));
  await writePrivateFile(path, content.subarray(cut + 1));
}

function parseEntry(line: string): HistoryPoint | null {
  return entrySchema.safeParse(parseJson(line)).data ?? null;
}
