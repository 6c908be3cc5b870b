import {type ZlibOptions, brotliDecompressSync, gunzipSync, inflateSync} from 'node:zlib';

import {hasErrorCode} from '../../errors/index.js';
import {BodyExcess} from './excess.js';
import {decodeZstd} from './zstd.js';

/** What compresses better than this is made to: texts and images of conversations shrink to a tenth at most. */
const MOST_RATIO = 100;

/** What a large request has; so much is harmless, whatever the ratio. */
const ALWAYS_BYTES = 32 * 1024 * 1024;

/** Whether there is anything to undo. */
export function isEncoded(encoding: string | undefined): boolean {
  return !['', 'identity'].includes(nameOf(encoding));
}

/**
 * Undoes one content coding. The only place where the gateway does. It takes as long as it takes: large bodies belong into
 * a thread.
 *
 * @param most bytes that it may unfold into.
 * @throws BodyExcess for one that goes beyond `most` or {@link MOST_RATIO}; Error for a coding that is unknown or broken.
 */
export async function decode(raw: Buffer, encoding: string | undefined, most: number): Promise<Buffer> {
  const allowed = Math.min(most, Math.max(ALWAYS_BYTES, raw.length * MOST_RATIO));
  const options: ZlibOptions = {maxOutputLength: allowed, chunkSize: 64 * 1024};
  try {
    switch (nameOf(encoding)) {
      case '':
      case 'identity':
        return raw;
      case 'zstd':
        return await decodeZstd(raw, allowed);
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(raw, options);
      case 'deflate':
        return inflateSync(raw, options);
      case 'br':
        return brotliDecompressSync(raw, options);
      default:
        throw new Error('unknown content-encoding');
    }
  } catch (error) {
    throw hasErrorCode(error, 'ERR_BUFFER_TOO_LARGE') ? new BodyExcess('size') : error;
  }
}

function nameOf(encoding = ''): string {
  return encoding.trim().toLowerCase();
}
