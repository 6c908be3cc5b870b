import assert from 'node:assert/strict';

import {caoLine, leadTo} from '../../../src/files/text/shell-words.js';

describe('a command line in a hint', () => {
  afterEach(() => leadTo(null));

  const cases: [folder: string | null, words: string[], line: string][] = [
    [null, ['add', 'NAME'], 'cao add NAME'],
    [null, ['run', '--restart', '--', '…'], 'cao run --restart -- …'],
    ['/data', ['add', 'work'], 'cao add work --data-dir /data'],
    ['/data', ['doctor', '--fix'], 'cao doctor --fix --data-dir /data'],
    ['/my data', ['threads'], "cao threads --data-dir '/my data'"],
    [
      "/it's",
      ['resume', 'id', '--exec', 'go on'],
      String.raw`cao resume id --exec 'go on' --data-dir '/it'\''s'`,
    ],
    // What stands behind "--" is Codex's.
    ['/data', ['run', '--', 'resume', 'id', '-C', '.'], 'cao run --data-dir /data -- resume id -C .'],
  ];
  for (const [folder, words, line] of cases) {
    it(`is ${line}`, () => {
      leadTo(folder);
      assert.equal(caoLine(...words), line);
    });
  }
});
