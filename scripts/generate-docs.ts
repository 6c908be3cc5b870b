/** Writes the pages of docs/ that are made from tables of the program. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {PAGES} from './docs/pages.js';

for (const [path, render] of Object.entries(PAGES)) {
  writeFileSync(join(import.meta.dirname, '..', path), render());
}
