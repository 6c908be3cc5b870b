/** Writes down what --json promises at a release; until the next one, a test holds every field of it. */
import {writeFile} from 'node:fs/promises';

import {fieldsOf} from './schema/fields.js';
import {RELEASED_FILE, loadSchemas} from './schema/load.js';

await writeFile(RELEASED_FILE, `${JSON.stringify(fieldsOf(await loadSchemas()), null, 2)}\n`);
