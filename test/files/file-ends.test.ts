import assert from 'node:assert/strict';
import {mkdtemp, open, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {linesFromEnd, readEnd, readStart} from '../../src/files/file-ends.js';

describe('the ends of a file', () => {
  let folder: string;
  let path: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cao-ends-'));
    path = join(folder, 'file');
  });
  after(() => rm(folder, {recursive: true, force: true}));

  async function backwards(text: string): Promise<[string, boolean][]> {
    await writeFile(path, text);
    const file = await open(path);
    try {
      const lines: [string, boolean][] = [];
      for await (const {bytes, complete} of linesFromEnd(file, Buffer.byteLength(text)))
        lines.push([bytes.toString('utf8'), complete]);
      return lines;
    } finally {
      await file.close();
    }
  }

  it('are read up to a number of bytes', async () => {
    await writeFile(path, '0123456789');
    const table: [number, string, string][] = [
      [0, '', ''],
      [3, '012', '789'],
      [10, '0123456789', '0123456789'],
      [99, '0123456789', '0123456789'],
    ];
    for (const [bytes, start, end] of table) {
      assert.deepEqual([await readStart(path, bytes), await readEnd(path, bytes)], [start, end]);
    }
  });

  it('throw Node’s own error where there is no file', async () => {
    await assert.rejects(readStart(join(folder, 'missing'), 1), {code: 'ENOENT'});
    await assert.rejects(readEnd(join(folder, 'missing'), 1), {code: 'ENOENT'});
  });

  const WIDE = '漢'.repeat(50_000);
  const LINES: [what: string, text: string, expected: [string, boolean][]][] = [
    ['nothing', '', []],
    ['one newline', '\n', [['', true]]],
    [
      'whole lines',
      'a\nb\n',
      [
        ['b', true],
        ['a', true],
      ],
    ],
    [
      'a last line that is not whole',
      'a\nb',
      [
        ['b', false],
        ['a', true],
      ],
    ],
    ['one line that is not whole', 'a', [['a', false]]],
    [
      'empty lines',
      '\n\na\n',
      [
        ['a', true],
        ['', true],
        ['', true],
      ],
    ],
    [
      'lines longer than what is read at a time',
      `a\n${WIDE}\n${WIDE}x\n`,
      [
        [`${WIDE}x`, true],
        [WIDE, true],
        ['a', true],
      ],
    ],
  ];
  for (const [what, text, expected] of LINES) {
    it(`give their lines backwards: ${what}`, async () => assert.deepEqual(await backwards(text), expected));
  }

  it('give every line whole, wherever the pieces begin', async () => {
    const lines = Array.from({length: 3000}, (_, at) => '.'.repeat(at % 97) + String(at));
    const found = (await backwards(`${lines.join('\n')}\n`)).map(([text]) => text);
    assert.deepEqual(found.reverse(), lines);
  });

  it('leave out what is appended meanwhile', async () => {
    await writeFile(path, 'a\nb\nc\n');
    const file = await open(path);
    const first = await linesFromEnd(file, 4).next();
    await file.close();
    assert.equal(first.done, false);
    assert.equal(String((first.value as {bytes: Buffer}).bytes), 'b');
  });
});
