import assert from 'node:assert/strict';
import {PassThrough, Readable} from 'node:stream';

import {readUpTo} from '../../src/files/bounded-read.js';

describe('a bounded read', () => {
  const CASES: [pieces: string[], most: number, read: string, ended: boolean][] = [
    [[], 4, '', true],
    [['ab', 'cd'], 4, 'abcd', true],
    [['ab', 'cd'], 5, 'abcd', true],
    [['ab', 'cd', 'ef'], 3, 'abcd', false],
    [['abcdef'], 3, 'abcdef', false],
    [['ab'], 0, 'ab', false],
  ];
  for (const [pieces, most, expected, ended] of CASES) {
    it(`of [${pieces.join(', ')}] with a limit of ${most}`, async () => {
      const read = await readUpTo(Readable.from(pieces.map((piece) => Buffer.from(piece))), most);
      assert.deepEqual({text: read.bytes.toString(), ended: read.ended}, {text: expected, ended});
    });
  }

  for (const expected of [0, 1, 1000, 100_000, 1_000_000]) {
    it(`gives the same bytes however they come, where ${expected} are expected`, async () => {
      const bytes = Buffer.from(Array.from({length: 100_000}, (_, n) => n % 251));
      for (const size of [1, 7, 4096, 99_999, 100_000]) {
        const pieces: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
        const read = await readUpTo(Readable.from(pieces), 200_000, expected);
        assert.ok(read.ended && read.bytes.equals(bytes), `pieces of ${size}`);
      }
    });
  }

  it('leaves the rest in the stream', async () => {
    const stream = new PassThrough();
    stream.write('abc');
    stream.write('def');
    const {bytes} = await readUpTo(stream, 2);
    stream.end('ghi');
    assert.equal(stream.destroyed, false);
    assert.equal(stream.isPaused(), true);
    const rest = await readUpTo(stream, 100);
    assert.equal(Buffer.concat([bytes, rest.bytes]).toString(), 'abcdefghi');
    assert.equal(rest.ended, true);
  });

  it('takes no listener with it', async () => {
    const stream = Readable.from([Buffer.from('abc')]);
    const before = stream.eventNames().length;
    await readUpTo(stream, 1);
    assert.equal(stream.eventNames().length, before);
  });

  const FAILURES: [what: string, fail: (stream: PassThrough) => void, expected: RegExp][] = [
    ['its error', (stream) => stream.destroy(new Error('cut off')), /cut off/],
    ['being closed early', (stream) => stream.destroy(), /closed before its end/],
  ];
  for (const [what, fail, expected] of FAILURES) {
    it(`throws at ${what}, come before or during the read`, async () => {
      const during = new PassThrough();
      during.write('ab');
      const reading = readUpTo(during, 100);
      fail(during);
      await assert.rejects(reading, expected);
      const before = new PassThrough().on('error', () => undefined);
      fail(before);
      await assert.rejects(readUpTo(before, 100), expected);
    });
  }

  it('gives nothing of a stream that has ended', async () => {
    const stream = Readable.from([Buffer.from('abc')]);
    await readUpTo(stream, 100);
    assert.deepEqual(await readUpTo(stream, 100), {bytes: Buffer.alloc(0), ended: true});
  });
});
