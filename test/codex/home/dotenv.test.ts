import assert from 'node:assert/strict';

import {readDotenv} from '../../../src/codex/home/dotenv.js';
import {DOTENV_ENVIRONMENT, DOTENV_FILES, DOTENV_LINES} from '../../support/dotenv.js';

// That Codex reads them so is shown in test/e2e/dotenv.test.ts.
describe('the .env of a home', () => {
  for (const {lines, is} of DOTENV_LINES) {
    it(`${is === null ? 'does not set V' : `sets V to ${JSON.stringify(is)}`} by ${JSON.stringify(lines)}`, () => {
      const set = readDotenv(Buffer.from(`${lines}\nLAST=l\n`), DOTENV_ENVIRONMENT);
      assert.deepEqual([set.get('V') ?? null, set.get('LAST')], [is, 'l']);
    });
  }

  for (const {title, bytes, sets} of DOTENV_FILES) {
    it(`is read so that ${title}`, () => {
      assert.deepEqual(Object.fromEntries(readDotenv(bytes, DOTENV_ENVIRONMENT)), sets);
    });
  }
});
