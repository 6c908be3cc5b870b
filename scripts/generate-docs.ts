/** Writes the pages of docs/ that are made from tables of the program. */
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {PAGES} from './docs/pages.js';

for (const [path, render] of Object.entries(PAGES)) {
  await writeFile(join(import.meta.dirname, '..', path), await render());
}
