import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {PAGES} from '../../scripts/docs/pages.js';
import {PROJECT_ROOT} from '../support/cao.js';

describe('pages made from tables of the program', () => {
  for (const [path, render] of Object.entries(PAGES)) {
    it(`${path} says what the table says`, async () => {
      const written = await readFile(join(PROJECT_ROOT, path), 'utf8');
      assert.equal(written, await render(), `${path} is not up to date: npm run docs`);
    });
  }
});
