import {type FileHandle, open, stat} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';

import {hasErrorCode} from '../../errors/index.js';

const PAUSE_MS = 250;
const PIECE_BYTES = 64 * 1024;

/**
 * The last lines of a log file, then, with `follow`, what is appended to it, also after it was rotated.
 *
 * @returns false when there is no such file (and it is not waited for).
 */
export async function tailLog(
  path: string,
  {
    lines,
    follow,
    signal,
    write,
  }: {lines: number; follow: boolean; signal: AbortSignal; write: (text: string) => void},
): Promise<boolean> {
  let file = await openIfThere(path);
  if (!file && !follow) return false;
  let position = 0;
  if (file) {
    const {text, size} = await readEnd(file, lines);
    write(text);
    position = size;
  }
  while (follow && !signal.aborted) {
    await sleep(PAUSE_MS, undefined, {signal}).catch(() => undefined);
    if (file) position += await copyFrom(file, position, write);
    if (!(await isSameFile(file, path))) {
      await file?.close();
      file = await openIfThere(path);
      position = 0;
    }
  }
  await file?.close();
  return true;
}

async function readEnd(file: FileHandle, lines: number): Promise<{text: string; size: number}> {
  const {size} = await file.stat();
  let start = size;
  let text = Buffer.alloc(0);
  while (start > 0 && text.filter((byte) => byte === 10).length <= lines) {
    const length = Math.min(PIECE_BYTES, start);
    start -= length;
    const piece = Buffer.alloc(length);
    await file.read(piece, 0, length, start);
    text = Buffer.concat([piece, text]);
  }
  const all = text.toString('utf8').split('\n').slice(0, -1);
  const last = lines === 0 ? [] : all.slice(-lines);
  return {text: last.map((line) => `${line}\n`).join(''), size};
}

async function copyFrom(file: FileHandle, position: number, write: (text: string) => void): Promise<number> {
  let copied = 0;
  for (;;) {
    const piece = Buffer.alloc(PIECE_BYTES);
    const {bytesRead} = await file.read(piece, 0, PIECE_BYTES, position + copied);
    if (bytesRead === 0) return copied;
    copied += bytesRead;
    write(piece.toString('utf8', 0, bytesRead));
  }
}

async function isSameFile(file: FileHandle | null, path: string): Promise<boolean> {
  const there = await stat(path).catch(() => null);
  if (!file || !there) return !file && !there;
  return (await file.stat()).ino === there.ino;
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  return open(path, 'r').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return null;
    throw error;
  });
}
