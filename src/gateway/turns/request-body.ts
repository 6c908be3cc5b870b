import {brotliDecompressSync, gunzipSync, inflateSync} from 'node:zlib';

import {asText, parseRecord} from '../../files/json-values.js';

/** Larger requests are answered 413. */
export const MOST_BODY_BYTES = 64 * 1024 * 1024;

/** A body that grows beyond this when decoded is not read. */
const MOST_DECODED_BYTES = 256 * 1024 * 1024;

/**
 * The bytes of a request or frame, decoded and parsed only when something in them has to be read, and then once. The
 * bytes themselves stay as they came.
 */
export class RequestBody {
  private parsed: Promise<Record<string, unknown> | null> | undefined;

  /** @param encoding the value of `content-encoding`; frames have none. */
  constructor(
    readonly raw: Buffer,
    readonly encoding?: string,
  ) {}

  /** The JSON object in it; null when it is none or cannot be decoded. */
  json(): Promise<Record<string, unknown> | null> {
    this.parsed ??= this.parse();
    return this.parsed;
  }

  async text(key: string): Promise<string | null> {
    return asText((await this.json())?.[key]);
  }

  private async parse(): Promise<Record<string, unknown> | null> {
    try {
      return parseRecord((await decode(this.raw, this.encoding)).toString('utf8'));
    } catch {
      return null;
    }
  }
}

/** Undoes one content coding. @throws Error for one that is unknown or broken. */
export async function decode(raw: Buffer, encoding: string | undefined): Promise<Buffer> {
  const options = {maxOutputLength: MOST_DECODED_BYTES};
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return raw;
    case 'zstd':
      return decodeZstd(raw);
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(raw, options);
    case 'deflate':
      return inflateSync(raw, options);
    case 'br':
      return brotliDecompressSync(raw, options);
    default:
      throw new Error(`unknown content-encoding`);
  }
}

/** In pieces, so that a small body cannot unfold into more than may be held. */
async function decodeZstd(raw: Buffer): Promise<Buffer> {
  const {Decompress} = await import('fzstd');
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = new Decompress((chunk) => {
    size += chunk.length;
    if (size > MOST_DECODED_BYTES) throw new Error('the body unfolds into too much');
    // The library reuses its window: what it hands out is only good until it goes on.
    chunks.push(Buffer.from(chunk));
  });
  stream.push(raw, true);
  return Buffer.concat(chunks, size);
}
