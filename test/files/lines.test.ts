import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {readLines} from '../../src/files/lines.js';

describe('the lines of a file', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cao-lines-'));
  });
  after(() => rm(folder, {recursive: true, force: true}));

  async function splitLines(content: string | Buffer): Promise<[string, boolean][]> {
    const path = join(folder, 'file');
    await writeFile(path, content);
    const lines: [string, boolean][] = [];
    for await (const {bytes, complete} of readLines(path)) lines.push([bytes.toString('latin1'), complete]);
    return lines;
  }

  const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');

  const cases: [string, string, [string, boolean][]][] = [
    ['none of an empty file', '', []],
    ['one that is empty', '\n', [['', true]]],
    [
      'those that end',
      'a\n\nb\n',
      [
        ['a', true],
        ['', true],
        ['b', true],
      ],
    ],
    [
      'a last one that does not end',
      'a\nb',
      [
        ['a', true],
        ['b', false],
      ],
    ],
    [
      'ends at newlines alone',
      'a\r\nb\rc\u2028d\u2029e\n',
      [
        ['a\r', true],
        [bytesOf('b\rc\u2028d\u2029e'), true],
      ],
    ],
  ];
  for (const [what, text, expected] of cases) {
    it(`are ${what}`, async () => assert.deepEqual(await splitLines(text), expected));
  }

  it('keep their bytes, characters or not', async () => {
    assert.deepEqual(await splitLines(Buffer.from([0xff, 0x0a, 0x00, 0xc3])), [
      ['\xff', true],
      ['\0\xc3', false],
    ]);
  });

  it('may be longer than what is read at once, and end where that does', async () => {
    // streams read 64 KiB at a time
    for (const length of [65_535, 65_536, 65_537, 300_000]) {
      const long = 'x'.repeat(length);
      assert.deepEqual(await splitLines(`${long}\nb\n`), [
        [long, true],
        ['b', true],
      ]);
    }
  });

  it('are not read from a file that is not there', async () => {
    const read = async (): Promise<void> => {
      for await (const line of readLines(join(folder, 'nowhere'))) assert.fail(line.bytes.toString());
    };
    await assert.rejects(read, {code: 'ENOENT'});
  });
});
