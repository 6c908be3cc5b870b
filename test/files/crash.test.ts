import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';

import {PROJECT_ROOT} from '../support/cao.js';
import {Sandbox} from '../support/sandbox.js';

/** Writes as fast as it can until it is killed. */
const WRITER = `
  import {AccountStore} from ${JSON.stringify(join(PROJECT_ROOT, 'dist/accounts/store/store.js'))};
  import {DataFolder} from ${JSON.stringify(join(PROJECT_ROOT, 'dist/accounts/data/data-folder.js'))};
  const store = new AccountStore(new DataFolder(process.argv[1]), (problem) => console.log(problem));
  for (let n = 0; ; n++) {
    await store.status.update(['one'], (status) => ({...status, consecutiveFailures: n, lastError: 'x'.repeat(n % 5000)}));
    if (n === 0) console.log('writing');
  }
`;

describe('a kill -9 in the middle of writing', () => {
  it('leaves readable files, nothing of its own behind, and no lock held', async () => {
    const sandbox = await Sandbox.create();
    try {
      await sandbox.store.add('one');
      for (let round = 0; round < 12; round++) {
        const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, sandbox.dataDir], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        await new Promise((resolve) => writer.stdout.once('data', resolve));
        // A different moment of the write each time.
        const until = performance.now() + round * 0.7;
        while (performance.now() < until);
        const gone = new Promise((resolve) => writer.once('close', resolve));
        writer.kill('SIGKILL');
        await gone;
        JSON.parse(await readFile(join(sandbox.dataDir, 'account_status.json'), 'utf8'));
        await sandbox.store.status.recordAttempt('one', round);
      }
      assert.deepEqual(sandbox.problems, []);
      assert.deepEqual((await readdir(sandbox.dataDir)).sort(), [
        '.lock',
        'account_status.json',
        'one',
        'registry.json',
      ]);
    } finally {
      await sandbox.remove();
    }
  });
});
