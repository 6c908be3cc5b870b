import assert from 'node:assert/strict';
import {brotliCompressSync, deflateSync, gzipSync} from 'node:zlib';

import {RequestBody} from '../../../src/gateway/turns/request-body.js';
import {zstdFrame} from '../../support/zstd.js';

const PLAIN = Buffer.from('{"model":"gpt-5.5","type":""}');
const LONG = Buffer.from(JSON.stringify({model: 'gpt-5.5', text: 'é'.repeat(5 * 1024 * 1024)}));

const CODINGS: [string | undefined, Buffer][] = [
  [undefined, PLAIN],
  ['', PLAIN],
  ['identity', PLAIN],
  ['gzip', gzipSync(PLAIN)],
  [' GZIP ', gzipSync(PLAIN)],
  ['x-gzip', gzipSync(PLAIN)],
  ['deflate', deflateSync(PLAIN)],
  ['br', brotliCompressSync(PLAIN)],
  ['zstd', zstdFrame(PLAIN)],
  [undefined, LONG],
  ['zstd', zstdFrame(LONG)],
];

describe('the body of a request', () => {
  for (const [encoding, raw] of CODINGS) {
    it(`of ${raw.length} bytes is read with the coding ${String(encoding)}, and stays as it came`, async () => {
      const body = new RequestBody(raw, encoding);
      assert.equal(await body.text('model'), 'gpt-5.5');
      assert.equal(body.raw, raw);
    });
  }

  it('has no text where there is none', async () => {
    const body = new RequestBody(PLAIN);
    assert.equal(await body.text('type'), null);
    assert.equal(await body.text('promptCacheKey'), null);
  });

  it('says nothing where it is no JSON object or cannot be decoded', async () => {
    for (const [text, encoding] of [
      ['["model"]'],
      ['"model"'],
      ['{"model":"x"'],
      [''],
      ['{"model":"x"}', 'gzip'],
      ['{"model":"x"}', 'zstd'],
      ['{"model":"x"}', 'rot13'],
    ]) {
      const body = new RequestBody(Buffer.from(text ?? ''), encoding);
      assert.equal(await body.text('model'), null, `${text} ${encoding}`);
      assert.deepEqual(await body.sealed(), {keys: [], summary: false});
    }
  });

  it('is the same without something, whether it is read at once or in a thread', async () => {
    const sealed = {type: 'reasoning', encrypted_content: 'x'};
    const omissions = {sealed: 'all', previousResponse: true, turnState: false} as const;
    for (const text of ['é', 'é'.repeat(100_000)]) {
      const json = {model: 'm', input: [sealed, {type: 'message', text}], previous_response_id: 'r'};
      const result = await new RequestBody(Buffer.from(JSON.stringify(json))).without(omissions);
      const expected = JSON.stringify({model: 'm', input: [{type: 'message', text}]});
      assert.equal(Buffer.from(result?.payload ?? []).toString(), expected);
      assert.equal(result?.left.length, 1);
    }
  });
});
