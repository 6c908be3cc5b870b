import type {IncomingMessage} from 'node:http';
import {brotliDecompressSync, gunzipSync, inflateSync} from 'node:zlib';

import {decompress} from 'fzstd';

import {parseJson} from '../account/json.js';

/**
 * Reads a request to its end and decodes it: JSON and forms become objects, other text stays text.
 * @throws Error when the client goes away or the content-encoding is unknown or broken
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  if (raw.length === 0) return null;
  const text = decode(raw, request.headers['content-encoding']).toString('utf8');
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  return parseJson(text) ?? text;
}

function decode(raw: Buffer, encoding = 'identity'): Buffer {
  switch (encoding.toLowerCase()) {
    case 'identity':
      return raw;
    case 'zstd':
      return Buffer.from(decompress(raw));
    case 'gzip':
      return gunzipSync(raw);
    case 'deflate':
      return inflateSync(raw);
    case 'br':
      return brotliDecompressSync(raw);
    default:
      throw new Error(`unknown content-encoding ${encoding}`);
  }
}
