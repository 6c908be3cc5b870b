import assert from 'node:assert/strict';
import {access} from 'node:fs/promises';
import {join} from 'node:path';

import {docsUrl} from '../../src/errors/index.js';
import {PROJECT_ROOT} from '../support/cao.js';
import {readJson} from '../support/files.js';

describe('the addresses of the documentation', () => {
  it('lead to the homepage of the package, and to pages that there are', async () => {
    const {homepage} = await readJson<{homepage: string}>(join(PROJECT_ROOT, 'package.json'));
    assert.equal(docsUrl('plugins.md'), `${homepage}/blob/main/docs/plugins.md`);
    await access(join(PROJECT_ROOT, 'docs', 'plugins.md'));
  });
});
