import {type Stats, constants} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';

/** More than any file that is read whole should have: one that is larger is not what it is taken for. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Opening a pipe or a device must not wait for whoever is at its other end. Windows has no such flag, nor such files. */
const READ_AT_ONCE = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * Opens a regular file, links followed, to read. Anything else in its place (a pipe, a device, a socket, a folder) would
 * wait for a writer or never end: it holds one of the few threads that all reading of the process goes through.
 *
 * @throws the system's error; `EFTYPE` for what is no file, `EISDIR` for a folder.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, READ_AT_ONCE);
  try {
    requireRegular(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * A regular file whole, with what the system says of it, by one descriptor: the two are of one file even while another
 * process replaces it.
 *
 * @throws like {@link openRegular}; `EFBIG` for one that has more than `most` bytes.
 */
export async function readRegular(path: string, most = MOST_BYTES): Promise<{bytes: Buffer; stats: Stats}> {
  const file = await openRegular(path);
  try {
    const stats = await file.stat();
    if (stats.size > most) throw tooLarge(path, most);
    const chunks: Buffer[] = [];
    let size = 0;
    // A file of /proc says that it is empty, and others may grow meanwhile: what counts is what comes.
    for await (const chunk of file.createReadStream({autoClose: false}) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > most) throw tooLarge(path, most);
    }
    return {bytes: Buffer.concat(chunks, size), stats};
  } finally {
    await file.close();
  }
}

/** A regular file in pieces of at most `pieceBytes`, however large it is. @throws like {@link openRegular} */
export async function* piecesOf(path: string, pieceBytes?: number): AsyncGenerator<Buffer> {
  const file = await openRegular(path);
  try {
    const options = pieceBytes === undefined ? {} : {highWaterMark: pieceBytes};
    yield* file.createReadStream({...options, autoClose: false}) as AsyncIterable<Buffer>;
  } finally {
    await file.close();
  }
}

/** @throws `EFTYPE` or `EISDIR` for what is no regular file. */
export function requireRegular(path: string, stats: Stats): void {
  if (stats.isDirectory()) throw systemError('EISDIR', 'it is a folder', path);
  if (!stats.isFile()) throw systemError('EFTYPE', 'not a regular file', path);
}

function tooLarge(path: string, most: number): Error {
  return systemError('EFBIG', `larger than ${Math.floor(most / 1024 / 1024)} MiB`, path);
}

/** In the form of Node's own. */
function systemError(code: string, reason: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${reason}, read '${path}'`), {code, syscall: 'read', path});
}
