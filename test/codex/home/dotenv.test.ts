import assert from 'node:assert/strict';

import {readDotenv} from '../../../src/codex/home/dotenv.js';
import {DOTENV_ENVIRONMENT, DOTENV_FILES, DOTENV_LINES} from '../../support/dotenv.js';

// That Codex reads them so is shown in test/e2e/dotenv.test.ts.
describe('the .env of a home', () => {
  it('is read in no time, however many spaces stand in it', () => {
    const startedAt = performance.now();
    readDotenv(Buffer.from(`A=b${' '.repeat(300_000)}c\n`), {});
    assert.ok(performance.now() - startedAt < 5000);
  });

  it('sets nothing that is longer than a program can be started with, however often it names itself', () => {
    const {set, refused} = readDotenv(Buffer.from(`A=xx\n${'A=$A$A\n'.repeat(1000)}B=whole\n`), {});
    assert.equal(set.get('A')?.length, 128 * 1024);
    assert.equal(set.get('B'), 'whole');
    assert.deepEqual([...refused], ['A']);
  });

  for (const {lines, is} of DOTENV_LINES) {
    it(`${is === null ? 'does not set V' : `sets V to ${JSON.stringify(is)}`} by ${JSON.stringify(lines)}`, () => {
      const {set} = readDotenv(Buffer.from(`${lines}\nLAST=l\n`), DOTENV_ENVIRONMENT);
      assert.deepEqual([set.get('V') ?? null, set.get('LAST')], [is, 'l']);
    });
  }

  for (const {title, bytes, sets} of DOTENV_FILES) {
    it(`is read so that ${title}`, () => {
      assert.deepEqual(Object.fromEntries(readDotenv(bytes, DOTENV_ENVIRONMENT).set), sets);
    });
  }

  const REFUSED: [string, string[]][] = [
    ['V="$A"\n', ['V']],
    ['V=a b\nW="a b"\n', ['V']],
    ['V=a b\nV=a\n', []],
    ['V=a\nV=a b\n', ['V']],
    ['V=a\nW="b\nX=c\n', ['W']],
    ['V=a ', ['V']],
    ['# V=a b\nV\n=a\n', []],
  ];
  for (const [text, names] of REFUSED) {
    it(`tells that ${names.join() || 'nothing'} is refused in ${JSON.stringify(text)}`, () => {
      assert.deepEqual([...readDotenv(Buffer.from(text), DOTENV_ENVIRONMENT).refused], names);
    });
  }
});
