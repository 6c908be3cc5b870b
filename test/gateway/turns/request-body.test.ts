import assert from 'node:assert/strict';
import {brotliCompressSync, deflateSync, gzipSync} from 'node:zlib';

import {RequestBody, decode} from '../../../src/gateway/turns/request-body.js';

const PLAIN = Buffer.from('{"model":"gpt-5.5","empty":""}');

/** A frame with one block that is not compressed (RFC 8878). */
function zstd(content: Buffer): Buffer {
  const block = Buffer.alloc(3);
  block.writeUIntLE((content.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, content.length]), block, content]);
}

const CODINGS: [string | undefined, Buffer][] = [
  [undefined, PLAIN],
  ['', PLAIN],
  ['identity', PLAIN],
  ['gzip', gzipSync(PLAIN)],
  [' GZIP ', gzipSync(PLAIN)],
  ['x-gzip', gzipSync(PLAIN)],
  ['deflate', deflateSync(PLAIN)],
  ['br', brotliCompressSync(PLAIN)],
  ['zstd', zstd(PLAIN)],
];

describe('the body of a request', () => {
  for (const [encoding, raw] of CODINGS) {
    it(`is read with the coding ${String(encoding)}, and stays as it came`, async () => {
      const body = new RequestBody(raw, encoding);
      assert.equal(await body.text('model'), 'gpt-5.5');
      assert.equal(body.raw, raw);
    });
  }

  it('has no text where there is none', async () => {
    const body = new RequestBody(PLAIN);
    assert.equal(await body.text('empty'), null);
    assert.equal(await body.text('absent'), null);
  });

  it('is nothing where it is no JSON object or cannot be decoded', async () => {
    for (const [text, encoding] of [
      ['[]'],
      ['"x"'],
      ['{'],
      [''],
      ['{}', 'gzip'],
      ['{}', 'zstd'],
      ['{}', 'rot13'],
    ])
      assert.equal(
        await new RequestBody(Buffer.from(text ?? ''), encoding).json(),
        null,
        `${text} ${encoding}`,
      );
  });

  it('is parsed once', async () => {
    const body = new RequestBody(PLAIN);
    assert.equal(await body.json(), await body.json());
  });

  it('is refused with a coding that is unknown or broken', async () => {
    await assert.rejects(decode(PLAIN, 'rot13'), /unknown content-encoding/);
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd'])
      await assert.rejects(decode(PLAIN, encoding), encoding);
  });
});
