import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';

/** Asserts that a text is what the file holds. `UPDATE_GOLDEN=1` writes the file instead: read the change before it goes in. */
export async function assertGolden(path: string, actual: string): Promise<void> {
  if (process.env['UPDATE_GOLDEN'] === '1') {
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, `${actual}\n`);
    return;
  }
  assert.equal(`${actual}\n`, await readFile(path, 'utf8'));
}
