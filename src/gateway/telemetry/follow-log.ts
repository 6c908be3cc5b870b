import type {FileHandle} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';

import {ifThere, statIfThere} from '../../files/absent.js';
import {linesFromEnd} from '../../files/file-ends.js';
import {openRegular} from '../../files/regular-file.js';

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
    const {text, end} = await lastLines(file, lines);
    write(text);
    position = end;
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

/** The last whole lines. @returns also where what follows them begins: a line that is not whole yet is shown then. */
async function lastLines(file: FileHandle, most: number): Promise<{text: string; end: number}> {
  const {size} = await file.stat();
  let end = size;
  const lines: string[] = [];
  for await (const {bytes, complete} of linesFromEnd(file, size)) {
    if (!complete) {
      end -= bytes.length;
      continue;
    }
    if (lines.length === most) break;
    lines.unshift(`${bytes.toString('utf8')}\n`);
  }
  return {text: lines.join(''), end};
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
  const there = await statIfThere(path);
  if (!file || !there) return !file && !there;
  return (await file.stat()).ino === there.ino;
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  return ifThere(() => openRegular(path));
}
